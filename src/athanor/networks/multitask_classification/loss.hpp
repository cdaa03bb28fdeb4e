#pragma once

#include <span>
#include <vector>

#include "athanor/tensor/torch.hpp"

namespace athanor::networks::multitask_classification {

/// How much a task counts in the loss, and its classes.
struct TaskWeight {
  double factor = 1;
  torch::Tensor of_classes{};  ///< [classes]; undefined where all count the same.
};

/// The sum over the tasks of weight times mean cross-entropy, in which a label counts as much as
/// its class. `logits` hold [N, classes] for each task, `labels` [N, tasks]; a label of -1 is left
/// out, and a task without any adds nothing.
[[nodiscard]] torch::Tensor joint_loss(const std::vector<torch::Tensor>& logits,
                                       const torch::Tensor& labels,
                                       std::span<const TaskWeight> weights);

/// The share of the labels that the logits name; 0 without labels.
[[nodiscard]] double mean_accuracy(const std::vector<torch::Tensor>& logits,
                                   const torch::Tensor& labels);

}  // namespace athanor::networks::multitask_classification
