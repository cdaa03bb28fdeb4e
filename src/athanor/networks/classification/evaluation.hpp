#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "athanor/data/image_folder.hpp"
#include "athanor/engine/confusion_matrix.hpp"
#include "athanor/engine/job.hpp"
#include "athanor/networks/classification/data.hpp"
#include "athanor/networks/classification/model.hpp"

namespace athanor::networks::classification {

/// How a model does on labelled pictures.
struct Evaluation {
  engine::ConfusionMatrix confusion;
  double loss = 0;            ///< Mean cross-entropy.
  double top_k_accuracy = 0;  ///< Share of pictures whose class is among the k likeliest.
};

/// Runs the model over the pictures; `advance` hears how many more are done and may throw.
[[nodiscard]] Evaluation evaluate_images(const Model& model,
                                         const data::ImageFolder& folder,
                                         const EvaluationOptions& options,
                                         const std::function<void(std::int64_t)>& advance);

/// Writes results.json, per_class.csv and confusion_matrix.csv into `artifacts`.
void write_evaluation(const Evaluation& evaluation,
                      const std::vector<std::string>& classes,
                      const EvaluationOptions& options,
                      const std::filesystem::path& artifacts);

/// The KPI `accuracy` and `top_k_accuracy`; precision, recall and F1 by class; the confusion matrix
/// as one metric "confusion_matrix <true class>" for each class, up to 50 classes.
[[nodiscard]] engine::Report report_of(const Evaluation& evaluation,
                                       const std::vector<std::string>& classes);

}  // namespace athanor::networks::classification
