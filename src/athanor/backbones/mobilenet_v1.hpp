#pragma once

#include "athanor/backbones/backbone.hpp"

namespace athanor::backbones {

/// MobileNet (Howard et al., 2017), laid out and named as torchvision would: features.0 is the
/// stem, features.N the N-th depthwise separable convolution. Blocks have the same numbers; taps
/// are the last block of each stride.
[[nodiscard]] Result<std::shared_ptr<Backbone>> make_mobilenet_v1(const BackboneOptions& options);

}  // namespace athanor::backbones
