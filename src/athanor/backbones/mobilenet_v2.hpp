#pragma once

#include "athanor/backbones/backbone.hpp"

namespace athanor::backbones {

/// MobileNetV2 (Sandler et al., 2018) as torchvision defines it: features.0 is the stem,
/// features.1 to 17 are inverted residuals and features.18 is the last convolution, whose channels
/// follow the width too. Blocks have the same numbers; taps are the last block of each stride. With
/// all_projections, shortcuts have a projection called `shortcut`.
[[nodiscard]] Result<std::shared_ptr<Backbone>> make_mobilenet_v2(const BackboneOptions& options);

}  // namespace athanor::backbones
