#pragma once

#include <functional>
#include <vector>

#include "athanor/data/preprocessing.hpp"
#include "athanor/engine/finished_model.hpp"
#include "athanor/networks/multitask_classification/model.hpp"

namespace athanor::networks::multitask_classification {

/// A classifier of several tasks in use, whatever computes it.
struct Predictor {
  data::Preprocessing preprocessing;
  std::vector<Task> tasks;
  /// Pictures [N, C, H, W] to logits [N, classes] for each task.
  std::function<std::vector<torch::Tensor>(const torch::Tensor&)> logits;
};

/// The model itself, which goes into evaluation mode.
[[nodiscard]] Predictor predictor_of(const Model& model);

/// What a job made. Throws std::runtime_error where its description or weights do not fit.
[[nodiscard]] Predictor load_predictor(const engine::FinishedModel& finished);

}  // namespace athanor::networks::multitask_classification
