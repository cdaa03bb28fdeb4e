#pragma once

#include "athanor/engine/checkpoint.hpp"
#include "athanor/engine/graph_to_export.hpp"

namespace athanor::networks::classification {

/// The classifier of a checkpoint as engine::export_model() wants it: one output, "predictions" [N,
/// classes], after softmax. Throws std::runtime_error as load_model() does.
[[nodiscard]] engine::GraphToExport graph_to_export(const engine::Checkpoint& checkpoint);

}  // namespace athanor::networks::classification
