#pragma once

#include "athanor/backbones/backbone.hpp"

namespace athanor::backbones {

/// AlexNet (Krizhevsky, 2014) as torchvision defines it; it has no batch norm. Blocks are the
/// convolutions 1 to 5; taps are conv1, conv2 and conv5. The last pool belongs to the published
/// head.
[[nodiscard]] Result<std::shared_ptr<Backbone>> make_alexnet(const BackboneOptions& options);

}  // namespace athanor::backbones
