#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "athanor/engine/job.hpp"
#include "athanor/engine/trainer.hpp"
#include "athanor/tensor/torch.hpp"

namespace athanor::engine {

/// A model that may be trained for a step or two to see what that takes; it is thrown away.
struct BatchSizeProbe {
  std::shared_ptr<torch::nn::Module> module;
  std::vector<std::int64_t> sample_shape;  ///< C, H, W.
  std::int64_t samples = 0;                ///< Of an epoch.
  std::function<torch::Tensor(const torch::Tensor& pixels)> loss;
};

/// `wanted`, halved until a step of the training and the batches that it reads ahead fit into half
/// of the free memory. The choice is logged and kept for later attempts of the job.
[[nodiscard]] std::int64_t settle_batch_size(const Job& job,
                                             std::int64_t wanted,
                                             const TrainingOptions& training,
                                             const BatchSizeProbe& probe);

}  // namespace athanor::engine
