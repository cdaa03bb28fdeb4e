#pragma once

#include <cstdint>
#include <functional>

#include "athanor/data/image_folder.hpp"
#include "athanor/engine/class_tally.hpp"
#include "athanor/engine/job.hpp"
#include "athanor/networks/classification/options.hpp"
#include "athanor/networks/classification/predictor.hpp"

namespace athanor::networks::classification {

/// Runs a classifier over the pictures; `advance` hears how many more are done and may throw.
[[nodiscard]] engine::ClassTally evaluate_images(const Predictor& predictor,
                                                 const data::ImageFolder& folder,
                                                 const EvaluationOptions& options,
                                                 const std::function<void(std::int64_t)>& advance);

/// Writes results.json and what engine::write_tally() writes; the KPI are `accuracy`,
/// `top_k_accuracy` and `loss`.
[[nodiscard]] engine::Report report_evaluation(const engine::Job& job,
                                               const engine::ClassTally& tally,
                                               const data::ImageFolder& folder,
                                               const EvaluationOptions& options);

}  // namespace athanor::networks::classification
