#pragma once

#include <span>
#include <string>

#include "athanor/export/aten_node.hpp"
#include "athanor/export/onnx_graph.hpp"

namespace athanor::exporter {

/// Adds what one aten operator computes to the graph and binds its output. `op_type` is the ONNX
/// operator of the table's row. Throws ExportFailure where the arguments have no ONNX form.
using Converter = void (*)(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);

struct OperatorRow {
  const char* aten_name;
  const char* op_type;  ///< The ONNX operator that does the work.
  Converter convert;
};

/// Every operator that can be exported.
[[nodiscard]] std::span<const OperatorRow> operator_table();

/// The row for "aten::relu", or nullptr.
[[nodiscard]] const OperatorRow* find_operator(const std::string& aten_name);

}  // namespace athanor::exporter
