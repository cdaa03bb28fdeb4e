#include "athanor/prune/channel_graph.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "athanor/export/aten_node.hpp"
#include "athanor/prune/layers.hpp"

namespace athanor::prune {

namespace {

namespace jit = torch::jit;

using exporter::AtenNode;
using exporter::traced_shape;

constexpr std::int64_t channel_dimension = 1;

std::size_t rank_of(const jit::Value* value) {
  return traced_shape(value).size();
}

Channels part_of(const Channels& channels, std::size_t begin, std::size_t length) {
  const auto first = channels.begin() + static_cast<std::ptrdiff_t>(begin);
  return {first, first + static_cast<std::ptrdiff_t>(length)};
}

Channels each_repeated(const Channels& channels, std::int64_t times) {
  Channels repeated;
  for (const auto channel : channels) {
    repeated.insert(repeated.end(), static_cast<std::size_t>(times), channel);
  }
  return repeated;
}

/// One pass over a traced graph. A value that is not among the known ones has channels that never
/// change: the picture, or what an unknown operator made.
class ChannelWalk {
 public:
  ChannelWalk(const exporter::TracedGraph& traced, const std::set<std::string>& layers)
      : traced_(traced), layers_(layers) {
    const auto values = traced.graph->inputs();
    for (std::size_t i = 0; i < traced.weights.size(); ++i) {
      weights_[values[traced.inputs.size() + i]] = &traced.weights[i];
    }
  }

  ChannelGraph walk() {
    for (const auto* node : traced_.graph->nodes()) {
      visit(*node);
    }
    for (const auto* output : traced_.graph->outputs()) {
      if (const auto* channels = find(output)) {
        graph_.classes.protect(*channels, "is an output of the network");
      }
    }
    for (const auto& [slot, held] : graph_.slots) {
      if (const auto pin = pinned_.find(slot.tensor); pin != pinned_.end()) {
        graph_.classes.protect(held.channels, pin->second);
      }
    }
    return std::move(graph_);
  }

 private:
  /// Follows the channels through a node; false where it cannot.
  using Step = bool (ChannelWalk::*)(const AtenNode&);

  struct StepRow {
    std::string_view name;
    Step step;
  };

  static Step find_step(std::string_view name) {
    static constexpr StepRow rows[] = {
        {"aten::conv2d", &ChannelWalk::convolve_plainly},
        {"aten::convolution", &ChannelWalk::convolve},
        {"aten::_convolution", &ChannelWalk::convolve},
        {"aten::t", &ChannelWalk::transpose},
        {"aten::linear", &ChannelWalk::connect},
        {"aten::addmm", &ChannelWalk::multiply_and_add},
        {"aten::matmul", &ChannelWalk::multiply},
        {"aten::batch_norm", &ChannelWalk::normalise},

        {"aten::relu", &ChannelWalk::pass},
        {"aten::relu6", &ChannelWalk::pass},
        {"aten::hardtanh", &ChannelWalk::pass},
        {"aten::clamp", &ChannelWalk::pass},
        {"aten::leaky_relu", &ChannelWalk::pass},
        {"aten::elu", &ChannelWalk::pass},
        {"aten::silu", &ChannelWalk::pass},
        {"aten::mish", &ChannelWalk::pass},
        {"aten::gelu", &ChannelWalk::pass},
        {"aten::hardswish", &ChannelWalk::pass},
        {"aten::hardsigmoid", &ChannelWalk::pass},
        {"aten::sigmoid", &ChannelWalk::pass},
        {"aten::tanh", &ChannelWalk::pass},
        {"aten::softplus", &ChannelWalk::pass},
        {"aten::exp", &ChannelWalk::pass},
        {"aten::log", &ChannelWalk::pass},
        {"aten::sqrt", &ChannelWalk::pass},
        {"aten::abs", &ChannelWalk::pass},
        {"aten::neg", &ChannelWalk::pass},
        {"aten::dropout", &ChannelWalk::pass},
        {"aten::feature_dropout", &ChannelWalk::pass},
        {"aten::contiguous", &ChannelWalk::pass},
        {"aten::detach", &ChannelWalk::pass},
        {"aten::clone", &ChannelWalk::pass},
        {"aten::max_pool2d", &ChannelWalk::pass},
        {"aten::avg_pool2d", &ChannelWalk::pass},
        {"aten::adaptive_avg_pool2d", &ChannelWalk::pass},
        {"aten::upsample_nearest2d", &ChannelWalk::pass},
        {"aten::upsample_bilinear2d", &ChannelWalk::pass},
        {"aten::constant_pad_nd", &ChannelWalk::pad},

        {"aten::add", &ChannelWalk::combine},
        {"aten::sub", &ChannelWalk::combine},
        {"aten::mul", &ChannelWalk::combine},
        {"aten::div", &ChannelWalk::combine},
        {"aten::pow", &ChannelWalk::combine},
        {"aten::maximum", &ChannelWalk::combine},
        {"aten::minimum", &ChannelWalk::combine},

        {"aten::cat", &ChannelWalk::concatenate},
        {"aten::slice", &ChannelWalk::slice},
        {"aten::chunk", &ChannelWalk::chunk},
        {"aten::flatten", &ChannelWalk::flatten},
        {"aten::view", &ChannelWalk::reshape},
        {"aten::reshape", &ChannelWalk::reshape},
        {"aten::mean", &ChannelWalk::reduce},
        {"aten::sum", &ChannelWalk::reduce},
        {"aten::select", &ChannelWalk::pass_behind_channels},
        {"aten::softmax", &ChannelWalk::pass_behind_channels},
        {"aten::squeeze", &ChannelWalk::pass_behind_channels},
        {"aten::unsqueeze", &ChannelWalk::unsqueeze},
        {"aten::permute", &ChannelWalk::permute},
    };
    const auto* row = std::ranges::find(rows, name, &StepRow::name);
    return row == std::end(rows) ? nullptr : row->step;
  }

  void visit(const jit::Node& node) {
    if (node.kind() == c10::prim::Constant || node.kind() == c10::prim::ListConstruct) {
      return;
    }
    if (node.kind() == c10::prim::ListUnpack && lists_.contains(node.input())) {
      unpack(node);
      return;
    }
    const AtenNode aten(node, place_of(node));
    const auto step = find_step(aten.name());
    if (step == nullptr || !follows(step, aten)) {
      block(node, aten.name());
    }
    if (const auto layer = read_layer(node); !layer.empty()) {
      last_layer_ = layer;
    }
  }

  /// Arguments that are computed while the network runs are as good as an unknown operator.
  bool follows(Step step, const AtenNode& node) {
    try {
      return (this->*step)(node);
    } catch (const exporter::ExportFailure&) {
      return false;
    }
  }

  /// The layer whose tensors the node reads, or empty.
  [[nodiscard]] std::string read_layer(const jit::Node& node) const {
    for (const auto* input : node.inputs()) {
      if (const auto* weight = weight_of(input)) {
        return layer_of(weight->name);
      }
    }
    return {};
  }

  [[nodiscard]] std::string place_of(const jit::Node& node) const {
    const auto layer = read_layer(node);
    return layer.empty() ? "after " + last_layer_ : "in " + layer;
  }

  /// Nothing that the node reads may change.
  void block(const jit::Node& node, const std::string& name) {
    const auto reason = fmt::format("is read by {} {}", name, place_of(node));
    bool touches = false;
    for (const auto* value : operands_of(node)) {
      if (const auto* channels = find(value)) {
        graph_.classes.protect(*channels, reason);
        touches = true;
      }
      if (const auto* weight = weight_of(value)) {
        pinned_[weight->name] = reason;
      }
    }
    if (touches) {
      graph_.unknown_operators.insert(fmt::format("{} {}", name, place_of(node)));
    }
  }

  /// The inputs of a node and the items of its lists.
  static std::vector<const jit::Value*> operands_of(const jit::Node& node) {
    std::vector<const jit::Value*> operands;
    for (const auto* input : node.inputs()) {
      operands.push_back(input);
      if (input->node()->kind() == c10::prim::ListConstruct) {
        const auto items = input->node()->inputs();
        operands.insert(operands.end(), items.begin(), items.end());
      }
    }
    return operands;
  }

  /// `matrix` as it was before aten::t, or nullptr where none made it.
  static const jit::Value* untransposed(const jit::Value* matrix) {
    static const auto transpose = c10::Symbol::fromQualString("aten::t");
    return matrix->node()->kind() == transpose ? matrix->node()->input(0) : nullptr;
  }

  /// The weight or statistic that a value is, as it is kept or transposed, or nullptr.
  [[nodiscard]] const tensor::NamedTensor* weight_of(const jit::Value* value) const {
    const auto* kept = untransposed(value);
    const auto found = weights_.find(kept == nullptr ? value : kept);
    return found == weights_.end() ? nullptr : found->second;
  }

  [[nodiscard]] const Channels* find(const jit::Value* value) const {
    const auto found = known_.find(value);
    return found == known_.end() ? nullptr : &found->second;
  }

  /// Notes the channels of the node's output. They are as many as dimension 1 of it is long, or
  /// something was misunderstood.
  bool set(const AtenNode& node, Channels channels) {
    const auto shape = traced_shape(node.output());
    if (shape.size() < 2 ||
        shape[channel_dimension] != static_cast<std::int64_t>(channels.size())) {
      return false;
    }
    known_[node.output()] = std::move(channels);
    return true;
  }

  /// A weight or statistic of a layer whose widths can change, or nullptr.
  [[nodiscard]] const tensor::NamedTensor* adjustable(const jit::Value* value) const {
    const auto found = weights_.find(value);
    return found != weights_.end() && layers_.contains(layer_of(found->second->name))
               ? found->second
               : nullptr;
  }

  /// A layer that is used again holds the same channels again.
  void hold(const std::string& tensor, std::int64_t dimension, SlotChannels held) {
    const auto [slot, is_new] = graph_.slots.try_emplace({tensor, dimension}, held);
    if (!is_new) {
      graph_.classes.unite(slot->second.channels, held.channels);
    }
  }

  /// The channels that the rows of a weight make.
  Channels rows_of(const tensor::NamedTensor& weight) {
    const Slot slot{weight.name, 0};
    if (const auto found = graph_.slots.find(slot); found != graph_.slots.end()) {
      return found->second.channels;
    }
    graph_.makers.push_back(weight.name);
    auto rows = graph_.classes.add(weight.value.size(0));
    graph_.slots[slot] = {rows, false};
    return rows;
  }

  /// The numbers beside a weight, one for each of its rows. False where they are no layer's.
  bool hold_beside(const AtenNode& node, std::size_t index, const Channels& channels) {
    if (node.is_none(index)) {
      return true;
    }
    const auto* beside = adjustable(node.tensor(index));
    if (beside != nullptr) {
      hold(beside->name, 0, {channels, false});
    }
    return beside != nullptr;
  }

  bool convolve_plainly(const AtenNode& node) { return convolve_groups(node, node.integer(6)); }

  bool convolve(const AtenNode& node) {
    if (rank_of(node.tensor(0)) != 4) {
      return false;
    }
    const bool transposed = node.flag(6);
    const auto groups = node.integer(8);
    return transposed ? convolve_transposed(node, groups) : convolve_groups(node, groups);
  }

  bool convolve_groups(const AtenNode& node, std::int64_t groups) {
    const auto* weight = adjustable(node.tensor(1));
    if (weight == nullptr) {
      return false;
    }
    const auto* input = find(node.tensor(0));
    const auto per_group = weight->value.size(1);
    if (groups > 1 && per_group == 1) {
      return convolve_each(node, *weight, input);
    }
    if (input != nullptr) {
      graph_.classes.unite_parts(*input, groups);
      hold(weight->name, 1, {part_of(*input, 0, static_cast<std::size_t>(per_group)), true});
    }
    const auto rows = rows_of(*weight);
    graph_.classes.unite_parts(rows, groups);
    return hold_beside(node, 2, rows) && set(node, rows);
  }

  /// Depthwise: each channel has filters of its own, which go with it.
  bool convolve_each(const AtenNode& node,
                     const tensor::NamedTensor& weight,
                     const Channels* input) {
    if (input == nullptr) {
      return true;
    }
    const auto filters = weight.value.size(0) / static_cast<std::int64_t>(input->size());
    const auto rows = each_repeated(*input, filters);
    hold(weight.name, 0, {rows, false});
    return hold_beside(node, 2, rows) && set(node, rows);
  }

  /// What it gives stays whole.
  bool convolve_transposed(const AtenNode& node, std::int64_t groups) {
    const auto* weight = adjustable(node.tensor(1));
    const auto* input = find(node.tensor(0));
    if (weight == nullptr || groups != 1) {
      return false;
    }
    if (input != nullptr) {
      hold(weight->name, 0, {*input, true});
    }
    return true;
  }

  /// Weights only: what multiplies by one looks behind its transposition.
  bool transpose(const AtenNode& node) { return find(node.tensor(0)) == nullptr; }

  bool connect(const AtenNode& node) {
    return multiply_matrix(node, node.tensor(0), node.tensor(1), 2);
  }

  /// How torch's C++ modules write a linear layer with a bias.
  bool multiply_and_add(const AtenNode& node) {
    return multiply_matrix(node, node.tensor(1), untransposed(node.tensor(2)), 0);
  }

  /// The same without a bias, which is argument 2 of no product.
  bool multiply(const AtenNode& node) {
    return multiply_matrix(node, node.tensor(0), untransposed(node.tensor(1)), 2);
  }

  bool multiply_matrix(const AtenNode& node,
                       const jit::Value* samples,
                       const jit::Value* matrix,
                       std::size_t bias) {
    const auto* weight = adjustable(matrix);
    if (weight == nullptr || rank_of(samples) != 2) {
      return false;
    }
    if (const auto* input = find(samples)) {
      hold(weight->name, 1, {*input, true});
    }
    const auto rows = rows_of(*weight);
    return hold_beside(node, bias, rows) && set(node, rows);
  }

  bool normalise(const AtenNode& node) {
    const auto* input = find(node.tensor(0));
    if (input == nullptr) {
      return true;
    }
    for (std::size_t index = 1; index <= 4; ++index) {
      if (!hold_beside(node, index, *input)) {
        return false;
      }
    }
    return set(node, *input);
  }

  /// Whatever happens to a channel happens within it.
  bool pass(const AtenNode& node) {
    const auto* input = find(node.tensor(0));
    return input == nullptr || set(node, *input);
  }

  bool pass_behind_channels(const AtenNode& node) {
    return node.dimension(1, rank_of(node.tensor(0))) > channel_dimension && pass(node);
  }

  bool pad(const AtenNode& node) {
    const auto padded = node.integers(1).size() / 2;
    return padded + 2 <= rank_of(node.tensor(0)) && pass(node);
  }

  /// Sums, products and the like of two maps, or of a map and a number.
  bool combine(const AtenNode& node) {
    if (!node.is_tensor(1)) {
      return pass(node);
    }
    const auto* first = node.tensor(0);
    const auto* second = node.tensor(1);
    if (weights_.contains(first) || weights_.contains(second)) {
      return false;
    }
    if (find(first) == nullptr) {
      std::swap(first, second);
    }
    const auto* channels = find(first);
    if (channels == nullptr) {
      return true;
    }
    const auto shape = traced_shape(second);
    if (shape.empty()) {
      return set(node, *channels);
    }
    if (shape.size() != rank_of(first)) {
      return false;
    }
    return combine_maps(node, *channels, find(second), shape[channel_dimension]);
  }

  bool combine_maps(const AtenNode& node,
                    const Channels& first,
                    const Channels* second,
                    std::int64_t second_width) {
    auto& classes = graph_.classes;
    if (second_width == static_cast<std::int64_t>(first.size())) {
      if (second != nullptr) {
        classes.unite(first, *second);
      } else {
        classes.protect(first, "is combined with a map that stays whole");
      }
      return set(node, first);
    }
    // One of them has a single channel that goes with each of the other's.
    const auto* single = second_width == 1 ? second : &first;
    const auto* whole = second_width == 1 ? &first : second;
    if (single != nullptr) {
      classes.protect(*single, "is the one channel that all of a map are combined with");
    }
    return whole == nullptr || set(node, *whole);
  }

  bool concatenate(const AtenNode& node) {
    const auto pieces = node.tensors(0);
    const bool side_by_side = node.dimension(1, rank_of(node.output())) == channel_dimension;
    if (std::ranges::none_of(pieces,
                             [this](const auto* piece) { return find(piece) != nullptr; })) {
      return true;
    }
    Channels joined;
    for (const auto* piece : pieces) {
      auto channels = channels_or_fixed(piece);
      if (side_by_side || joined.empty()) {
        joined.insert(joined.end(), channels.begin(), channels.end());
      } else {
        graph_.classes.unite(joined, channels);
      }
    }
    return set(node, std::move(joined));
  }

  Channels channels_or_fixed(const jit::Value* value) {
    if (const auto* channels = find(value)) {
      return *channels;
    }
    auto fixed = graph_.classes.add(traced_shape(value).at(channel_dimension));
    graph_.classes.protect(fixed, "is made by no layer whose width can change");
    return fixed;
  }

  bool slice(const AtenNode& node) {
    const auto* input = find(node.tensor(0));
    if (input == nullptr || node.dimension(1, rank_of(node.tensor(0))) != channel_dimension) {
      return pass(node);
    }
    const auto width = static_cast<std::int64_t>(input->size());
    const auto place = [width](std::int64_t at) {
      return std::clamp<std::int64_t>(at < 0 ? at + width : at, 0, width);
    };
    const auto begin = node.is_none(2) ? 0 : place(node.integer(2));
    const auto end = node.is_none(3) ? width : place(node.integer(3));
    const auto length = end - begin;
    if (node.integer(4) != 1 || length < 1) {
      return false;
    }
    auto part = part_of(*input, static_cast<std::size_t>(begin), static_cast<std::size_t>(length));
    if (width % length == 0 && begin % length == 0) {
      graph_.classes.unite_parts(*input, width / length);
    } else {
      graph_.classes.protect(*input, "is cut into parts of unequal width");
    }
    return set(node, std::move(part));
  }

  bool chunk(const AtenNode& node) {
    const auto* input = find(node.tensor(0));
    if (input == nullptr) {
      return true;
    }
    const auto parts = node.integer(1);
    auto& list = lists_[node.output()];
    if (node.dimension(2, rank_of(node.tensor(0))) != channel_dimension) {
      list.assign(static_cast<std::size_t>(parts), *input);
      return true;
    }
    const auto width = static_cast<std::int64_t>(input->size());
    if (width % parts == 0) {
      graph_.classes.unite_parts(*input, parts);
    } else {
      graph_.classes.protect(*input, "is cut into parts of unequal width");
    }
    const auto length = (width + parts - 1) / parts;
    for (std::int64_t begin = 0; begin < width; begin += length) {
      list.push_back(part_of(*input,
                             static_cast<std::size_t>(begin),
                             static_cast<std::size_t>(std::min(length, width - begin))));
    }
    return true;
  }

  void unpack(const jit::Node& node) {
    const auto& parts = lists_.at(node.input());
    for (std::size_t i = 0; i < node.outputs().size(); ++i) {
      known_[node.outputs()[i]] = parts.at(i);
    }
  }

  bool flatten(const AtenNode& node) {
    const auto shape = traced_shape(node.tensor(0));
    const auto begin = node.dimension(1, shape.size());
    const auto end = node.dimension(2, shape.size());
    if (begin > channel_dimension) {
      return pass(node);
    }
    return begin == channel_dimension &&
           pass_pixels(node, shape.begin() + 2, shape.begin() + end + 1);
  }

  /// Only what leaves the width to be found out can keep pace with it.
  bool reshape(const AtenNode& node) {
    const auto shape = traced_shape(node.tensor(0));
    const auto sizes = node.integers(1);
    return sizes.size() == 2 && sizes[1] == -1 && shape.size() >= 2 &&
           traced_shape(node.output())[0] == shape[0] &&
           pass_pixels(node, shape.begin() + 2, shape.end());
  }

  /// Each channel becomes as many as there are pixels.
  bool pass_pixels(const AtenNode& node,
                   std::vector<std::int64_t>::const_iterator begin,
                   std::vector<std::int64_t>::const_iterator end) {
    const auto* input = find(node.tensor(0));
    const auto pixels = std::accumulate(begin, end, std::int64_t{1}, std::multiplies<>());
    return input == nullptr || set(node, each_repeated(*input, pixels));
  }

  bool reduce(const AtenNode& node) {
    const auto rank = static_cast<std::int64_t>(rank_of(node.tensor(0)));
    const auto dimensions = node.integers(1);
    const bool behind = std::ranges::all_of(dimensions, [rank](std::int64_t dimension) {
      return (dimension < 0 ? dimension + rank : dimension) > channel_dimension;
    });
    return !dimensions.empty() && behind && pass(node);
  }

  bool unsqueeze(const AtenNode& node) {
    return node.dimension(1, rank_of(node.output())) > channel_dimension && pass(node);
  }

  bool permute(const AtenNode& node) {
    const auto order = node.integers(1);
    return order.size() > 2 && order[0] == 0 && order[1] == channel_dimension && pass(node);
  }

  const exporter::TracedGraph& traced_;
  const std::set<std::string>& layers_;
  std::map<const jit::Value*, const tensor::NamedTensor*> weights_;
  std::map<const jit::Value*, Channels> known_;
  std::map<const jit::Value*, std::vector<Channels>> lists_;  ///< What chunk gives.
  std::map<std::string, std::string> pinned_;  ///< Tensors that have to stay → why.
  std::string last_layer_ = "the input";
  ChannelGraph graph_;
};

}  // namespace

ChannelGraph channel_graph(const exporter::TracedGraph& traced,
                           const std::set<std::string>& layers) {
  return ChannelWalk(traced, layers).walk();
}

}  // namespace athanor::prune
