#pragma once

#include <functional>
#include <string>
#include <vector>

#include "athanor/data/preprocessing.hpp"
#include "athanor/engine/finished_model.hpp"
#include "athanor/networks/classification/model.hpp"

namespace athanor::networks::classification {

/// Where the description of an exported model keeps Predictor::label_column.
inline constexpr const char* label_column_member = "label_column";
/// And whether its training evaluated on centre crops.
inline constexpr const char* center_crop_member = "center_crop";

/// A classifier in use, whatever computes it.
struct Predictor {
  data::Preprocessing preprocessing;
  std::vector<std::string> classes;  ///< In the order of the logits.
  std::string label_column;          ///< Of the training; empty where it needed none.
  /// Pictures [N, C, H, W] to logits [N, classes]; their softmax are the probabilities.
  std::function<torch::Tensor(const torch::Tensor&)> logits;
};

/// The model itself, which goes into evaluation mode.
[[nodiscard]] Predictor predictor_of(const Model& model);

/// What a job made. Throws std::runtime_error where its description or weights do not fit.
[[nodiscard]] Predictor load_predictor(const engine::FinishedModel& finished);

}  // namespace athanor::networks::classification
