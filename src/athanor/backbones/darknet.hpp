#pragma once

#include "athanor/backbones/backbone.hpp"

namespace athanor::backbones {

/// Darknets of 19 (Redmon and Farhadi, 2016) or 53 layers (2018): `stem` and layer1 to layer5,
/// which are the blocks 0 to 5 and the taps too. Where darknet53 halves maps by strides, darknet19
/// pools. Other depths are invalid_argument.
[[nodiscard]] Result<std::shared_ptr<Backbone>> make_darknet(const BackboneOptions& options);

}  // namespace athanor::backbones
