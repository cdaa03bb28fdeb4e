#pragma once

#include <memory>

#include "athanor/core/json.hpp"
#include "athanor/engine/checkpoint.hpp"
#include "athanor/networks/@name@/options.hpp"
#include "athanor/tensor/torch.hpp"

namespace athanor::networks::@name@ {

/// The network and all that its use needs.
struct Model {
  std::shared_ptr<torch::nn::Module> module;
};

/// With fresh weights from torch's generator.
[[nodiscard]] Model make_model(const TrainOptions& options);

/// What a checkpoint keeps of a model beside its weights.
[[nodiscard]] Json describe(const Model& model);

/// The model of a checkpoint, with its weights, in evaluation mode.
[[nodiscard]] Model load_model(const engine::Checkpoint& checkpoint);

}  // namespace athanor::networks::@name@
