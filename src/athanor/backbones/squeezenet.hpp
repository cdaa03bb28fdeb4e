#pragma once

#include "athanor/backbones/backbone.hpp"

namespace athanor::backbones {

/// SqueezeNet 1.0 (Iandola et al., 2016) as torchvision's squeezenet1_0; it has no batch norm.
/// Blocks are the stem and the fires 2 to 9; taps are stem, fire4, fire8 and fire9.
[[nodiscard]] Result<std::shared_ptr<Backbone>> make_squeezenet(const BackboneOptions& options);

}  // namespace athanor::backbones
