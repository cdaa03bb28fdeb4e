#pragma once

#include <filesystem>

#include "athanor/contract/job_request.hpp"
#include "athanor/core/error.hpp"

namespace athanor::engine {

/// The file with the weights that a training starts from: the one given, or that of the newest
/// checkpoint where the pretrained model was trained here.
[[nodiscard]] Result<std::filesystem::path> pretrained_weights(
    const contract::PretrainedInput& input);

}  // namespace athanor::engine
