#pragma once

#include "athanor/engine/checkpoint.hpp"
#include "athanor/engine/graph_to_export.hpp"

namespace athanor::networks::@name@ {

/// The model of a checkpoint as engine::export_model() wants it.
[[nodiscard]] engine::GraphToExport graph_to_export(const engine::Checkpoint& checkpoint);

}  // namespace athanor::networks::@name@
