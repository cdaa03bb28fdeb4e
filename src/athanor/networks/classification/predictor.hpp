#pragma once

#include <functional>
#include <string>
#include <vector>

#include "athanor/data/preprocessing.hpp"
#include "athanor/engine/finished_model.hpp"
#include "athanor/networks/classification/model.hpp"

namespace athanor::networks::classification {

/// A classifier in use, whatever computes it.
struct Predictor {
  data::Preprocessing preprocessing;
  std::vector<std::string> classes;  ///< In the order of the logits.
  /// Pictures [N, C, H, W] to logits [N, classes]; their softmax are the probabilities.
  std::function<torch::Tensor(const torch::Tensor&)> logits;
};

/// The model itself, which goes into evaluation mode.
[[nodiscard]] Predictor predictor_of(const Model& model);

/// What a job made. Throws std::runtime_error where its description or weights do not fit.
[[nodiscard]] Predictor load_predictor(const engine::FinishedModel& finished);

}  // namespace athanor::networks::classification
