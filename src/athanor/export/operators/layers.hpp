#pragma once

#include "athanor/export/aten_node.hpp"
#include "athanor/export/onnx_graph.hpp"

/// Converters of layers with weights, pools and resizing; see operators/table.hpp.
namespace athanor::exporter {

void convert_convolution(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_plain_convolution(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_batch_norm(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_linear(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_addmm(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_max_pool(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_average_pool(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_adaptive_average_pool(const AtenNode& node,
                                   OnnxGraph& graph,
                                   const std::string& op_type);
void convert_dropout(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_upsample_nearest(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);
void convert_upsample_bilinear(const AtenNode& node, OnnxGraph& graph, const std::string& op_type);

}  // namespace athanor::exporter
