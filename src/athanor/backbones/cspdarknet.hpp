#pragma once

#include "athanor/backbones/backbone.hpp"

namespace athanor::backbones {

/// Darknets whose stages lead half of the channels past their pairs (Wang et al., 2019), of 19 or
/// 53 layers: `stem` and layer1 to layer5, which are the blocks 0 to 5 and the taps too. As in the
/// darknets, the one of 19 layers pools and has no shortcuts; its layer1 is a single convolution.
/// Other depths are invalid_argument.
[[nodiscard]] Result<std::shared_ptr<Backbone>> make_cspdarknet(const BackboneOptions& options);

}  // namespace athanor::backbones
