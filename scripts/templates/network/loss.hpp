#pragma once

#include "athanor/engine/training_task.hpp"

namespace athanor::networks::@name@ {

/// The mean loss of a batch, from the raw outputs of the model.
[[nodiscard]] torch::Tensor loss(const torch::Tensor& outputs, const engine::Batch& batch);

}  // namespace athanor::networks::@name@
