#pragma once

#include <filesystem>

#include "athanor/engine/job.hpp"
#include "athanor/networks/@name@/predictor.hpp"

namespace athanor::networks::@name@ {

/// Writes what the model sees in every sample below `root`.
[[nodiscard]] engine::Report infer_samples(const engine::Job& job,
                                           const Predictor& predictor,
                                           const std::filesystem::path& root);

}  // namespace athanor::networks::@name@
