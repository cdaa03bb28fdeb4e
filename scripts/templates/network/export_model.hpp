#pragma once

#include "athanor/engine/job.hpp"
#include "athanor/networks/@name@/model.hpp"

namespace athanor::networks::@name@ {

/// Writes model.onnx and proves by an independent path that it computes the same.
[[nodiscard]] engine::Report export_network(const engine::Job& job, const Model& model);

}  // namespace athanor::networks::@name@
