#include "athanor/export/operators/elementwise.hpp"

namespace athanor::exporter {

namespace {

std::string scalar_constant(OnnxGraph& graph, double value, torch::ScalarType type) {
  return graph.add_constant(torch::scalar_tensor(value, torch::dtype(type)));
}

/// A tensor or number argument as an ONNX value of the operator's result type.
std::string operand(const AtenNode& node, OnnxGraph& graph, std::size_t index) {
  const auto type = traced_type(node.output());
  if (!node.is_tensor(index)) {
    return scalar_constant(graph, node.number(index), type);
  }
  if (traced_type(node.tensor(index)) != type) {
    node.refuse("mixes tensors of different types");
  }
  return graph.name_of(node.tensor(index));
}

}  // namespace

void convert_unary(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  graph.bind(node.output(), graph.add_node(op_type, {graph.name_of(node.tensor(0))}));
}

void convert_softplus(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  if (node.number(1) != 1.0) {
    node.refuse("has a beta other than 1");
  }
  convert_unary(node, graph, op_type);
}

void convert_silu(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  const auto& x = graph.name_of(node.tensor(0));
  graph.bind(node.output(), graph.add_node("Mul", {x, graph.add_node(op_type, {x})}));
}

void convert_mish(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  const auto& x = graph.name_of(node.tensor(0));
  const auto gate = graph.add_node("Tanh", {graph.add_node(op_type, {x})});
  graph.bind(node.output(), graph.add_node("Mul", {x, gate}));
}

void convert_hardswish(const AtenNode& node, OnnxGraph& graph, const std::string& /*op_type*/) {
  // HardSwish came with opset 14; its parts are older.
  const auto& x = graph.name_of(node.tensor(0));
  const auto gate = graph.add_node("HardSigmoid", {x}, {{"alpha", 1.0F / 6}, {"beta", 0.5F}});
  graph.bind(node.output(), graph.add_node("Mul", {x, gate}));
}

void convert_hardsigmoid(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  graph.bind(node.output(),
             graph.add_node(
                 op_type, {graph.name_of(node.tensor(0))}, {{"alpha", 1.0F / 6}, {"beta", 0.5F}}));
}

void convert_leaky_relu(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  graph.bind(node.output(),
             graph.add_node(op_type,
                            {graph.name_of(node.tensor(0))},
                            {{"alpha", static_cast<float>(node.number(1))}}));
}

void convert_elu(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  if (node.number(2) != 1.0 || node.number(3) != 1.0) {
    node.refuse("has a scale other than 1");
  }
  convert_leaky_relu(node, graph, op_type);
}

void convert_clamp(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  const auto type = traced_type(node.output());
  const auto bound = [&](std::size_t index) {
    return node.is_none(index) ? std::string() : scalar_constant(graph, node.number(index), type);
  };
  graph.bind(node.output(),
             graph.add_node(op_type, {graph.name_of(node.tensor(0)), bound(1), bound(2)}));
}

void convert_relu6(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  const auto type = traced_type(node.output());
  graph.bind(node.output(),
             graph.add_node(op_type,
                            {graph.name_of(node.tensor(0)),
                             scalar_constant(graph, 0, type),
                             scalar_constant(graph, 6, type)}));
}

void convert_binary(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  const auto left = operand(node, graph, 0);
  const auto right = operand(node, graph, 1);
  graph.bind(node.output(), graph.add_node(op_type, {left, right}));
}

void convert_scaled_binary(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  const auto left = operand(node, graph, 0);
  auto right = operand(node, graph, 1);
  const double scale = node.number(2);
  if (scale != 1.0) {
    const auto factor = scalar_constant(graph, scale, traced_type(node.output()));
    right = graph.add_node("Mul", {right, factor});
  }
  graph.bind(node.output(), graph.add_node(op_type, {left, right}));
}

void convert_divide(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  if (!node.is_none(2)) {
    node.refuse("rounds its result");
  }
  convert_binary(node, graph, op_type);
}

void convert_softmax(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  const auto axis = node.dimension(1, traced_shape(node.tensor(0)).size());
  graph.bind(node.output(),
             graph.add_node(op_type, {graph.name_of(node.tensor(0))}, {{"axis", axis}}));
}

}  // namespace athanor::exporter
