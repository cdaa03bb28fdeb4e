#include "athanor/prune/pruning.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "athanor/export/aten_node.hpp"
#include "athanor/prune/selection.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::prune {

namespace {

/// Protects what the excluded layers, or all layers below them, give.
Status exclude(const std::vector<std::string>& excluded,
               const tensor::NamedTensors& weights,
               ChannelGraph& graph) {
  for (const auto& layer : excluded) {
    const auto prefix = layer + ".";
    const bool exists = std::ranges::any_of(
        weights, [&](const auto& weight) { return weight.name.starts_with(prefix); });
    if (!exists) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("excluded_layers: the model has no layer {}; those that can be "
                              "excluded are called like {}",
                              layer,
                              graph.makers.empty() ? "nothing" : layer_of(graph.makers.front())));
    }
    for (const auto& [slot, held] : graph.slots) {
      if (slot.tensor.starts_with(prefix) && !held.reads) {
        graph.classes.protect(held.channels, "is excluded");
      }
    }
  }
  return {};
}

std::vector<Cut> cuts_of(const ChannelGraph& graph, const std::set<Channel>& pruned) {
  std::vector<Cut> cuts;
  for (const auto& [slot, held] : graph.slots) {
    Cut cut{slot.tensor, slot.dimension, {}, {}, held.reads};
    for (std::size_t i = 0; i < held.channels.size(); ++i) {
      const bool goes = pruned.contains(graph.classes.class_of(held.channels[i]));
      (goes ? cut.removed : cut.kept).push_back(static_cast<std::int64_t>(i));
    }
    if (!cut.removed.empty()) {
      cuts.push_back(std::move(cut));
    }
  }
  return cuts;
}

std::vector<LayerOutcome> outcomes_of(const ChannelGraph& graph, const std::set<Channel>& pruned) {
  std::vector<LayerOutcome> outcomes;
  for (const auto& maker : graph.makers) {
    LayerOutcome outcome;
    outcome.layer = layer_of(maker);
    for (const auto channel : graph.slots.at({maker, 0}).channels) {
      ++outcome.filters;
      outcome.kept += pruned.contains(graph.classes.class_of(channel)) ? 0 : 1;
      if (outcome.protection.empty()) {
        outcome.protection = graph.classes.protection(channel);
      }
    }
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

std::map<std::string, torch::Tensor> tensors_of(const torch::nn::Module& module) {
  std::map<std::string, torch::Tensor> tensors;
  for (const auto& [name, value] : tensor::state_dict(module)) {
    tensors.emplace(name, value);
  }
  return tensors;
}

using Sides = std::vector<std::int64_t>;

std::int64_t product(Sides::const_iterator begin, Sides::const_iterator end) {
  return std::accumulate(begin, end, std::int64_t{1}, std::multiplies<>());
}

/// The multiplications that a layer does for one sample; 0 for what is no such layer.
std::int64_t multiplications_of(const exporter::AtenNode& node) {
  const auto name = node.name();
  // A weight is used for each row of a matrix, or for each pixel of a map.
  if (name == "aten::linear" || name == "aten::matmul" || name == "aten::addmm") {
    const auto weight = exporter::traced_shape(node.tensor(name == "aten::addmm" ? 2 : 1));
    const auto rows = exporter::traced_shape(node.output());
    return weight.size() != 2
               ? 0
               : product(rows.begin() + 1, rows.end() - 1) * product(weight.begin(), weight.end());
  }
  if (name == "aten::conv2d" || name == "aten::convolution" || name == "aten::_convolution") {
    const auto weight = exporter::traced_shape(node.tensor(1));
    const bool transposed = name != "aten::conv2d" && node.flag(6);
    const auto map = exporter::traced_shape(transposed ? node.tensor(0) : node.output());
    return product(map.begin() + 2, map.end()) * product(weight.begin(), weight.end());
  }
  return 0;
}

}  // namespace

Result<Plan> plan_pruning(const exporter::TracedGraph& traced,
                          const torch::nn::Module& module,
                          const Options& options) {
  std::set<std::string> names;
  for (const auto& [name, layer] : adjustable_layers(module)) {
    names.insert(name);
  }
  auto graph = channel_graph(traced, names);
  ATHANOR_CHECK_OK(exclude(options.excluded_layers, traced.weights, graph));
  ATHANOR_TRY(const auto pruned, select_pruned(graph, traced.weights, options));
  return Plan{
      cuts_of(graph, pruned), outcomes_of(graph, pruned), std::move(graph.unknown_operators)};
}

Topology prune(torch::nn::Module& module, const Plan& plan) {
  const torch::NoGradGuard no_grad;
  const auto layers = adjustable_layers(module);
  auto tensors = tensors_of(module);
  std::set<std::string> changed;
  for (const auto& cut : plan.cuts) {
    auto& tensor = tensors.at(cut.tensor);
    const auto format = tensor.suggest_memory_format();
    const auto indices = torch::tensor(cut.kept, torch::kInt64);
    tensor.set_data(tensor.detach().index_select(cut.dimension, indices).contiguous(format));
    changed.insert(layer_of(cut.tensor));
  }
  Topology topology;
  for (const auto& name : changed) {
    auto& layer = *layers.at(name);
    const auto before = widths_of(layer);
    adopt_shapes(layer);
    const auto after = widths_of(layer);
    topology[name] = {after.in == before.in ? 0 : after.in,
                      after.out == before.out ? 0 : after.out};
  }
  return topology;
}

void mask(torch::nn::Module& module, const Plan& plan) {
  const torch::NoGradGuard no_grad;
  auto tensors = tensors_of(module);
  for (const auto& cut : plan.cuts) {
    if (cut.reads) {
      const auto indices = torch::tensor(cut.removed, torch::kInt64);
      tensors.at(cut.tensor).index_fill_(cut.dimension, indices, 0);
    }
  }
}

std::int64_t parameter_count(const torch::nn::Module& module) {
  std::int64_t count = 0;
  for (const auto& parameter : module.parameters()) {
    count += parameter.numel();
  }
  return count;
}

std::int64_t operation_count(const exporter::TracedGraph& traced) {
  std::int64_t multiplications = 0;
  for (const auto* node : traced.graph->nodes()) {
    multiplications += multiplications_of(exporter::AtenNode(*node, "the network"));
  }
  return 2 * multiplications;
}

}  // namespace athanor::prune
