#pragma once

#include "athanor/backbones/backbone.hpp"

namespace athanor::backbones {

/// VGG networks of 16 or 19 layers (Simonyan and Zisserman, 2014) as torchvision's vgg16, vgg19 and
/// their _bn variants. Blocks are 1 to 5; taps are block1 to block5, each before its pool. The last
/// pool belongs to the published head, so that features end at stride 16. Other depths are
/// invalid_argument.
[[nodiscard]] Result<std::shared_ptr<Backbone>> make_vgg(const BackboneOptions& options);

}  // namespace athanor::backbones
