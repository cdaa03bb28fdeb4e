#pragma once

#include "athanor/engine/job.hpp"
#include "athanor/networks/multitask_classification/predictor.hpp"

namespace athanor::networks::multitask_classification {

/// Classifies every picture below `root`. Writes result.csv with a header and a row for each: its
/// path below `root`, then a class and its confidence for each task; and the pictures with their
/// classes into images_annotated/, under the names they have.
[[nodiscard]] engine::Report infer_pictures(const engine::Job& job,
                                            const Predictor& predictor,
                                            const data::ReadingOptions& reading,
                                            const std::filesystem::path& root);

}  // namespace athanor::networks::multitask_classification
