#pragma once

#include <string>

#include "athanor/engine/export_options.hpp"
#include "athanor/engine/graph_to_export.hpp"

namespace athanor::engine {

/// The text of a config.pbtxt with which Triton serves model.onnx by ONNX Runtime. It does not name
/// the model, which is called as its folder. With an open batch Triton puts requests together.
[[nodiscard]] std::string triton_config(const GraphToExport& graph, const ExportOptions& options);

}  // namespace athanor::engine
