#pragma once

#include <optional>

#include "athanor/backbones/activation.hpp"
#include "athanor/tensor/torch.hpp"

namespace athanor::backbones {

/// activation(norm(x) + residual), in one pass over memory where that can be. `norm` may be empty,
/// `residual` undefined and `activation` absent. May overwrite `x`, as activate() says.
[[nodiscard]] torch::Tensor normalise_and_activate(torch::nn::BatchNorm2dImpl* norm,
                                                   torch::Tensor x,
                                                   const std::optional<Activation>& activation,
                                                   const torch::Tensor& residual = {});

}  // namespace athanor::backbones
