#pragma once

#include <string>

#include "athanor/engine/export_options.hpp"
#include "athanor/engine/graph_to_export.hpp"
#include "athanor/engine/int8_deployment.hpp"

namespace athanor::engine {

/// The text of the README.md of an export: inputs, outputs, what its files are for, a Python
/// program that classifies pictures with ONNX Runtime, and tensorrt_note().
[[nodiscard]] std::string usage_note(const GraphToExport& graph,
                                     const ExportOptions& options,
                                     const Int8Deployment& int8);

}  // namespace athanor::engine
