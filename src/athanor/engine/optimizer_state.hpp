#pragma once

#include "athanor/core/error.hpp"
#include "athanor/tensor/named_tensors.hpp"
#include "athanor/tensor/torch.hpp"

namespace athanor::engine {

/// What an optimiser remembers of each parameter of `module`, as "layer1.0.conv1.weight/momentum".
/// Step counts are tensors of one 64-bit integer.
[[nodiscard]] tensor::NamedTensors optimizer_state(const torch::optim::Optimizer& optimizer,
                                                   const torch::nn::Module& module);

/// Gives it back. Tensors of other parameters, of another optimiser or of another shape are an
/// error that names them.
[[nodiscard]] Status load_optimizer_state(torch::optim::Optimizer& optimizer,
                                          const torch::nn::Module& module,
                                          const tensor::NamedTensors& state);

}  // namespace athanor::engine
