#include "athanor/export/operators/layers.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include "athanor/export/operators/shapes.hpp"

namespace athanor::exporter {

namespace {

using Sizes = std::vector<std::int64_t>;

/// [top, left] to ONNX's [top, left, bottom, right].
Sizes both_sides(const Sizes& padding) {
  Sizes pads = padding;
  pads.insert(pads.end(), padding.begin(), padding.end());
  return pads;
}

/// Torch allows one number for all dimensions.
Sizes spread(Sizes sizes, std::size_t count) {
  if (sizes.size() == 1) {
    sizes.resize(count, sizes.front());
  }
  return sizes;
}

struct ConvolutionArguments {
  Sizes stride;
  Sizes padding;
  Sizes dilation;
  std::int64_t groups = 1;
};

void bind_convolution(const AtenNode& node,
                      OnnxGraph& graph,
                      const std::string& op_type,
                      const ConvolutionArguments& arguments,
                      OnnxAttributes attributes = {}) {
  const auto weight_shape = traced_shape(node.tensor(1));
  const Sizes kernel(weight_shape.begin() + 2, weight_shape.end());
  attributes.insert(attributes.end(),
                    {{"kernel_shape", kernel},
                     {"strides", spread(arguments.stride, kernel.size())},
                     {"pads", both_sides(spread(arguments.padding, kernel.size()))},
                     {"dilations", spread(arguments.dilation, kernel.size())},
                     {"group", arguments.groups}});
  std::vector<std::string> inputs{graph.name_of(node.tensor(0)), graph.name_of(node.tensor(1))};
  if (!node.is_none(2)) {
    inputs.push_back(graph.name_of(node.tensor(2)));
  }
  graph.bind(node.output(), graph.add_node(op_type, inputs, attributes));
}

/// A pool's window; an empty stride means windows side by side.
OnnxAttributes window_attributes(const AtenNode& node, bool ceil_mode) {
  const auto kernel = spread(node.integers(1), 2);
  const auto stride = node.integers(2).empty() ? kernel : spread(node.integers(2), 2);
  return {{"kernel_shape", kernel},
          {"strides", stride},
          {"pads", both_sides(spread(node.integers(3), 2))},
          {"ceil_mode", std::int64_t{ceil_mode}}};
}

/// `matrix` stored transposed, as torch keeps the weights of linear layers, or nullptr.
const torch::jit::Value* transposed_source(const torch::jit::Value* matrix) {
  static const auto transpose = c10::Symbol::fromQualString("aten::t");
  const auto* producer = matrix->node();
  return producer->kind() == transpose ? producer->input(0) : nullptr;
}

/// The factor for which `from` times it, cut to a whole number, is exactly `to`.
float resize_factor(std::int64_t from, std::int64_t to) {
  const auto wanted = static_cast<double>(to);
  const auto factor = static_cast<float>(wanted / static_cast<double>(from));
  const bool falls_short = static_cast<double>(factor) * static_cast<double>(from) < wanted;
  return falls_short ? std::nextafter(factor, std::numeric_limits<float>::infinity()) : factor;
}

void bind_resized(const AtenNode& node,
                  OnnxGraph& graph,
                  const std::string& op_type,
                  const OnnxAttributes& attributes) {
  const auto from = traced_shape(node.tensor(0));
  const auto to = traced_shape(node.output());
  std::vector<float> scales;
  for (std::size_t i = 0; i < from.size(); ++i) {
    scales.push_back(resize_factor(from[i], to[i]));
  }
  graph.bind(
      node.output(),
      graph.add_node(op_type,
                     {graph.name_of(node.tensor(0)), "", graph.add_constant(torch::tensor(scales))},
                     attributes));
}

/// Column i averages what torch's window i of `to` covers.
torch::Tensor averaging_matrix(std::int64_t from, std::int64_t to) {
  auto matrix = torch::zeros({from, to});
  for (std::int64_t i = 0; i < to; ++i) {
    const auto first = i * from / to;
    const auto last = ((i + 1) * from + to - 1) / to;
    matrix.select(1, i).slice(0, first, last).fill_(1.0 / static_cast<double>(last - first));
  }
  return matrix;
}

/// An average pool whose windows differ in size is linear in each direction: two products.
void bind_uneven_pool(const AtenNode& node, OnnxGraph& graph, const Sizes& to) {
  const auto from = traced_shape(node.tensor(0));
  const OnnxAttributes swap_sides{{"perm", Sizes{0, 1, 3, 2}}};
  auto map = graph.name_of(node.tensor(0));
  for (const auto side : {std::size_t{1}, std::size_t{0}}) {
    const auto matrix = graph.add_constant(averaging_matrix(from.at(2 + side), to.at(side)));
    map = graph.add_node("Transpose", {graph.add_node("MatMul", {map, matrix})}, swap_sides);
  }
  graph.bind(node.output(), map);
}

}  // namespace

void convert_convolution(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  const ConvolutionArguments arguments{
      node.integers(3), node.integers(4), node.integers(5), node.integer(8)};
  const bool transposed = node.flag(6);
  if (!transposed) {
    bind_convolution(node, graph, op_type, arguments);
    return;
  }
  const auto rank = traced_shape(node.tensor(1)).size() - 2;
  bind_convolution(node,
                   graph,
                   "ConvTranspose",
                   arguments,
                   {{"output_padding", spread(node.integers(7), rank)}});
}

void convert_plain_convolution(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  bind_convolution(node,
                   graph,
                   op_type,
                   {node.integers(3), node.integers(4), node.integers(5), node.integer(6)});
}

void convert_batch_norm(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  if (node.flag(5)) {
    node.refuse("is in training mode: call eval() before the export");
  }
  const auto channels = traced_shape(node.tensor(0)).at(1);
  const auto scale =
      node.is_none(1) ? graph.add_constant(torch::ones({channels})) : graph.name_of(node.tensor(1));
  const auto shift = node.is_none(2) ? graph.add_constant(torch::zeros({channels}))
                                     : graph.name_of(node.tensor(2));
  graph.bind(node.output(),
             graph.add_node(op_type,
                            {graph.name_of(node.tensor(0)),
                             scale,
                             shift,
                             graph.name_of(node.tensor(3)),
                             graph.name_of(node.tensor(4))},
                            {{"epsilon", static_cast<float>(node.number(7))}}));
}

void convert_linear(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  const auto& x = graph.name_of(node.tensor(0));
  const auto& weight = graph.name_of(node.tensor(1));
  if (traced_shape(node.tensor(0)).size() == 2) {
    std::vector<std::string> inputs{x, weight};
    if (!node.is_none(2)) {
      inputs.push_back(graph.name_of(node.tensor(2)));
    }
    graph.bind(node.output(), graph.add_node(op_type, inputs, {{"transB", std::int64_t{1}}}));
    return;
  }
  const auto matrix = graph.add_node("Transpose", {weight}, {{"perm", Sizes{1, 0}}});
  auto product = graph.add_node("MatMul", {x, matrix});
  if (!node.is_none(2)) {
    product = graph.add_node("Add", {product, graph.name_of(node.tensor(2))});
  }
  graph.bind(node.output(), product);
}

void convert_addmm(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  const auto* stored = transposed_source(node.tensor(2));
  graph.bind(node.output(),
             graph.add_node(op_type,
                            {graph.name_of(node.tensor(1)),
                             graph.name_of(stored != nullptr ? stored : node.tensor(2)),
                             graph.name_of(node.tensor(0))},
                            {{"alpha", static_cast<float>(node.number(4))},
                             {"beta", static_cast<float>(node.number(3))},
                             {"transB", std::int64_t{stored != nullptr}}}));
}

void convert_max_pool(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  auto attributes = window_attributes(node, node.flag(5));
  attributes.emplace_back("dilations", spread(node.integers(4), 2));
  graph.bind(node.output(), graph.add_node(op_type, {graph.name_of(node.tensor(0))}, attributes));
}

void convert_average_pool(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  if (!node.is_none(6)) {
    node.refuse("overrides its divisor");
  }
  auto attributes = window_attributes(node, node.flag(4));
  attributes.emplace_back("count_include_pad", std::int64_t{node.flag(5)});
  graph.bind(node.output(), graph.add_node(op_type, {graph.name_of(node.tensor(0))}, attributes));
}

void convert_adaptive_average_pool(const AtenNode& node,
                                   OnnxGraph& graph,
                                   const std::string& op_type) {
  const auto from = traced_shape(node.tensor(0));
  const auto to = spread(node.integers(1), 2);
  if (to == Sizes{1, 1}) {
    graph.bind(node.output(), graph.add_node(op_type, {graph.name_of(node.tensor(0))}));
    return;
  }
  if (from.at(2) % to.at(0) != 0 || from.at(3) % to.at(1) != 0) {
    bind_uneven_pool(node, graph, to);
    return;
  }
  const Sizes window{from.at(2) / to.at(0), from.at(3) / to.at(1)};
  graph.bind(node.output(),
             graph.add_node("AveragePool",
                            {graph.name_of(node.tensor(0))},
                            {{"kernel_shape", window}, {"strides", window}}));
}

void convert_dropout(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  if (node.flag(2)) {
    node.refuse("is in training mode: call eval() before the export");
  }
  convert_same(node, graph, op_type);
}

void convert_upsample_nearest(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  bind_resized(node,
               graph,
               op_type,
               {{"mode", "nearest"},
                {"coordinate_transformation_mode", "asymmetric"},
                {"nearest_mode", "floor"}});
}

void convert_upsample_bilinear(const AtenNode& node, OnnxGraph& graph, const std::string& op_type) {
  const bool align_corners = node.flag(2);
  bind_resized(
      node,
      graph,
      op_type,
      {{"mode", "linear"},
       {"coordinate_transformation_mode", align_corners ? "align_corners" : "pytorch_half_pixel"}});
}

}  // namespace athanor::exporter
