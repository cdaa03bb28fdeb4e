#pragma once

#include "athanor/backbones/backbone.hpp"

namespace athanor::backbones {

/// GoogLeNet (Szegedy et al., 2014) with batch norm as torchvision defines it, without the
/// auxiliary heads. Blocks are the stem and the nine inceptions; taps are conv1, conv3,
/// inception3b, inception4e and inception5b.
[[nodiscard]] Result<std::shared_ptr<Backbone>> make_googlenet(const BackboneOptions& options);

}  // namespace athanor::backbones
