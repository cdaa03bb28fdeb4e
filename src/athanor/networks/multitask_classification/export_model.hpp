#pragma once

#include "athanor/engine/checkpoint.hpp"
#include "athanor/engine/graph_to_export.hpp"
#include "athanor/networks/multitask_classification/data.hpp"

namespace athanor::networks::multitask_classification {

/// {"tasks": [...], "class_mapping": {task: {"0": class}}}, in the order of the outputs.
[[nodiscard]] Json class_mapping(const std::vector<Task>& tasks);

/// The classifier of a checkpoint as engine::export_model() wants it: an output "<task>/Softmax"
/// [N, classes] for each task. Throws std::runtime_error as load_model() does.
[[nodiscard]] engine::GraphToExport graph_to_export(const engine::Checkpoint& checkpoint);

}  // namespace athanor::networks::multitask_classification
