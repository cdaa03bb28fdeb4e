#pragma once

#include "athanor/export/aten_node.hpp"
#include "athanor/export/onnx_graph.hpp"

/// Converters of what works number by number, and of softmax; see operators/table.hpp.
namespace athanor::exporter {

void convert_unary(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_softplus(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_silu(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_mish(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_hardswish(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_hardsigmoid(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_leaky_relu(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_elu(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_clamp(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_relu6(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_binary(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_scaled_binary(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_divide(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_softmax(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);

}  // namespace athanor::exporter
