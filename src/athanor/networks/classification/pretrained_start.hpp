#pragma once

#include "athanor/engine/job.hpp"
#include "athanor/networks/classification/model.hpp"

namespace athanor::networks::classification {

/// Loads pretrained weights into a fresh model and logs what came of each part. Throws
/// std::invalid_argument where they do not fit what the spec describes.
void start_from_pretrained(const engine::Job& job,
                           const contract::PretrainedInput& pretrained,
                           bool retain_head,
                           Model& model);

}  // namespace athanor::networks::classification
