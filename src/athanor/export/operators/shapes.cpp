#include "athanor/export/operators/shapes.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

namespace athanor::exporter {

namespace {

void bind_reshaped(const AtenNode& node, OnnxGraph& graph, const std::vector<std::int64_t>& shape) {
  graph.bind(node.output(),
             graph.add_node("Reshape", {graph.name_of(node.tensor(0)), graph.add_integers(shape)}));
}

void bind_transposed(const AtenNode& node,
                     OnnxGraph& graph,
                     const std::string& op_type,
                     std::vector<std::int64_t> order) {
  graph.bind(
      node.output(),
      graph.add_node(op_type, {graph.name_of(node.tensor(0))}, {{"perm", std::move(order)}}));
}

std::vector<std::int64_t> identity_order(std::size_t rank) {
  std::vector<std::int64_t> order(rank);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

}  // namespace

void convert_flatten(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  const auto shape = traced_shape(node.tensor(0));
  const auto first = node.dimension(1, shape.size());
  const auto last = node.dimension(2, shape.size());
  if (first == 1 && last + 1 == std::ssize(shape)) {
    graph.bind(
        node.output(),
        graph.add_node(op_type, {graph.name_of(node.tensor(0))}, {{"axis", std::int64_t{1}}}));
    return;
  }
  // Zeros copy the sizes before the merged ones, the batch among them.
  std::vector<std::int64_t> target(static_cast<std::size_t>(first), 0);
  target.push_back(-1);
  target.insert(target.end(), shape.begin() + last + 1, shape.end());
  bind_reshaped(node, graph, target);
}

void convert_reshape(const AtenNode& node, OnnxGraph& graph, const std::string& /*op_type*/) {
  const auto from = traced_shape(node.tensor(0));
  auto target = node.integers(1);
  const bool keeps_batch = !from.empty() && !target.empty() && target.front() == from.front();
  if (graph.dynamic_batch() && keeps_batch) {
    target.front() = 0;
  }
  bind_reshaped(node, graph, target);
}

void convert_cat(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  std::vector<std::string> inputs;
  for (const auto* part : node.tensors(0)) {
    inputs.push_back(graph.name_of(part));
  }
  const auto axis = node.dimension(1, traced_shape(node.output()).size());
  graph.bind(node.output(), graph.add_node(op_type, inputs, {{"axis", axis}}));
}

void convert_permute(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  auto order = node.integers(1);
  for (auto& dimension : order) {
    dimension += dimension < 0 ? std::ssize(order) : 0;
  }
  bind_transposed(node, graph, op_type, std::move(order));
}

void convert_transpose(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  auto order = identity_order(traced_shape(node.tensor(0)).size());
  const auto first = static_cast<std::size_t>(node.dimension(1, order.size()));
  const auto second = static_cast<std::size_t>(node.dimension(2, order.size()));
  std::swap(order.at(first), order.at(second));
  bind_transposed(node, graph, op_type, std::move(order));
}

void convert_matrix_transpose(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  auto order = identity_order(traced_shape(node.tensor(0)).size());
  std::ranges::reverse(order);
  bind_transposed(node, graph, op_type, std::move(order));
}

void convert_unsqueeze(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  const auto axis = node.dimension(1, traced_shape(node.output()).size());
  graph.bind(node.output(),
             graph.add_node(op_type, {graph.name_of(node.tensor(0)), graph.add_integers({axis})}));
}

void convert_squeeze(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  if (node.is_none(1)) {
    node.refuse("needs the dimension to squeeze: the batch may be 1");
  }
  const auto shape = traced_shape(node.tensor(0));
  const auto axis = node.dimension(1, shape.size());
  if (shape.at(static_cast<std::size_t>(axis)) != 1) {
    convert_same(node, graph, op_type);
    return;
  }
  graph.bind(node.output(),
             graph.add_node(op_type, {graph.name_of(node.tensor(0)), graph.add_integers({axis})}));
}

void convert_slice(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  const auto axis = node.dimension(1, traced_shape(node.tensor(0)).size());
  const auto begin = node.is_none(2) ? 0 : node.integer(2);
  const auto end = node.is_none(3) ? std::numeric_limits<std::int64_t>::max() : node.integer(3);
  graph.bind(node.output(),
             graph.add_node(op_type,
                            {graph.name_of(node.tensor(0)),
                             graph.add_integers({begin}),
                             graph.add_integers({end}),
                             graph.add_integers({axis}),
                             graph.add_integers({node.integer(4)})}));
}

void convert_select(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  const auto axis = node.dimension(1, traced_shape(node.tensor(0)).size());
  const auto index = graph.add_constant(torch::scalar_tensor(node.integer(2), torch::kInt64));
  graph.bind(node.output(),
             graph.add_node(op_type, {graph.name_of(node.tensor(0)), index}, {{"axis", axis}}));
}

void convert_mean(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  const auto rank = std::ssize(traced_shape(node.tensor(0)));
  if (node.argument_count() < 4) {
    node.refuse("needs the dimensions to average: the batch is none of them");
  }
  auto axes = node.integers(1);
  for (auto& axis : axes) {
    axis += axis < 0 ? rank : 0;
  }
  graph.bind(node.output(),
             graph.add_node(op_type,
                            {graph.name_of(node.tensor(0))},
                            {{"axes", axes}, {"keepdims", std::int64_t{node.flag(2)}}}));
}

void convert_same(const AtenNode& node, OnnxGraph& graph, const std::string& /*op_type*/) {
  graph.bind(node.output(), graph.name_of(node.tensor(0)));
}

}  // namespace athanor::exporter
