#pragma once

#include "athanor/backbones/backbone.hpp"

namespace athanor::backbones {

/// EfficientNet-B0 to B6 (Tan and Le, 2019) as torchvision defines them: features.0 is the stem,
/// features.1 to 7 are stages, features.8 is the last convolution. Blocks have the same numbers;
/// taps are the last block of each stride. Residual branches are dropped at random while training,
/// the later ones with a probability of up to 0.2.
[[nodiscard]] Result<std::shared_ptr<Backbone>> make_efficientnet(const BackboneOptions& options);

}  // namespace athanor::backbones
