#pragma once

#include "athanor/backbones/backbone.hpp"

namespace athanor::backbones {

/// Residual networks of 10, 18, 34, 50, 101 or 152 layers (He et al., 2015) as torchvision defines
/// them: the stride of a bottleneck sits on its 3x3 convolution. Taps are stem (before the max
/// pool) and layer1 to layer4. Other depths are invalid_argument.
[[nodiscard]] Result<std::shared_ptr<Backbone>> make_resnet(const BackboneOptions& options);

}  // namespace athanor::backbones
