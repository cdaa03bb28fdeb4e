#pragma once

#include "athanor/export/aten_node.hpp"
#include "athanor/export/onnx_graph.hpp"

/// Converters of what moves numbers or reduces dimensions; see operators/table.hpp.
namespace athanor::exporter {

void convert_flatten(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_reshape(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_cat(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_permute(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_transpose(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_matrix_transpose(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_unsqueeze(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_squeeze(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_slice(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_select(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_mean(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_same(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);

}  // namespace athanor::exporter
