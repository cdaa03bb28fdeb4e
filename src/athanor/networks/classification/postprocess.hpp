#pragma once

#include "athanor/engine/job.hpp"
#include "athanor/networks/classification/options.hpp"
#include "athanor/networks/classification/predictor.hpp"

namespace athanor::networks::classification {

/// Classifies every picture below `root`. Writes result.csv, a row "path,label,confidence" for each
/// without a header, paths relative to `root`; top_k.csv with the k likeliest classes of each; and
/// the pictures with their label into images_annotated/, under the names they have.
[[nodiscard]] engine::Report infer_images(const engine::Job& job,
                                          const Predictor& predictor,
                                          const EvaluationOptions& options,
                                          const std::filesystem::path& root);

}  // namespace athanor::networks::classification
