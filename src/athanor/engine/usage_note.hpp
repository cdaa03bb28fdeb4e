#pragma once

#include <string>

#include "athanor/engine/export_options.hpp"
#include "athanor/engine/graph_to_export.hpp"

namespace athanor::engine {

/// The text of the README.md of an export: inputs, outputs, what its files are for, and a Python
/// program that classifies pictures with ONNX Runtime.
[[nodiscard]] std::string usage_note(const GraphToExport& graph, const ExportOptions& options);

}  // namespace athanor::engine
