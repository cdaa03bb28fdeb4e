#include "athanor/compile/fusion.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "athanor/compile/graph_edit.hpp"

namespace athanor::compile {

using runtime::AddValue;
using runtime::Arithmetic;
using runtime::Binary;
using runtime::Elementwise;
using runtime::EngineModel;
using runtime::Function;
using runtime::Layer;
using runtime::Shape;

namespace {

constexpr std::size_t most_fused_steps = 8;

const Elementwise* function_of(const Layer& layer) {
  return std::get_if<Elementwise>(&layer.operation);
}

bool is_function(const Layer& layer, Function function) {
  const auto* step = function_of(layer);
  return step != nullptr && step->function == function;
}

/// Looks for functions that are spelled out as products.
class GateFinder {
 public:
  explicit GateFinder(EngineModel& model) : model_(model), producers_(producers_of(model)) {}

  void run() {
    for (auto& layer : model_.layers) {
      const auto* binary = std::get_if<Binary>(&layer.operation);
      if (binary == nullptr || binary->operation != Arithmetic::multiply) {
        continue;
      }
      for (const auto& [x, gate] : {std::pair(layer.inputs[0], layer.inputs[1]),
                                    std::pair(layer.inputs[1], layer.inputs[0])}) {
        if (const auto function = function_gated_by(x, gate)) {
          layer.operation = *function;
          layer.inputs = {x};
          break;
        }
      }
    }
  }

 private:
  /// The function layer that computes `value`, or nullptr.
  [[nodiscard]] const Layer* source(std::size_t value) const {
    const auto producer = producers_[value];
    return producer && function_of(model_.layers[*producer]) != nullptr ? &model_.layers[*producer]
                                                                        : nullptr;
  }

  [[nodiscard]] std::optional<Elementwise> function_gated_by(std::size_t x,
                                                             std::size_t gate) const {
    const auto* outer = source(gate);
    if (outer == nullptr) {
      return std::nullopt;
    }
    if (is_function(*outer, Function::sigmoid) && outer->inputs[0] == x) {
      return Elementwise{Function::swish, 1, 0};
    }
    const auto* inner = source(outer->inputs[0]);
    if (inner == nullptr || inner->inputs[0] != x) {
      return std::nullopt;
    }
    if (is_function(*outer, Function::sigmoid) && is_function(*inner, Function::linear) &&
        function_of(*inner)->beta == 0) {
      return Elementwise{Function::swish, function_of(*inner)->alpha, 0};
    }
    if (is_function(*outer, Function::tanh) && is_function(*inner, Function::softplus)) {
      return Elementwise{Function::mish, 0, 0};
    }
    const Elementwise unit{Function::clip, 0, 1};
    const auto* line = function_of(*inner);
    const bool hard = *function_of(*outer) == unit && line->function == Function::linear &&
                      std::abs(line->alpha * 6 - 1) < 1e-6F && line->beta == 0.5F;
    return hard ? std::optional(Elementwise{Function::hardswish, 0, 0}) : std::nullopt;
  }

  EngineModel& model_;
  std::vector<std::optional<std::size_t>> producers_;
};

/// A number for each output channel of `producer` from a constant that spreads over its output.
std::optional<std::vector<float>> channel_numbers(const EngineModel& model,
                                                  const Layer& producer,
                                                  std::size_t constant) {
  const auto& value = model.values[constant];
  const auto& output = model.values[producer.output].shape;
  if (!value.constant) {
    return std::nullopt;
  }
  const auto wide = Shape(output.size() - value.shape.size(), 1);
  Shape shape = wide;
  shape.insert(shape.end(), value.shape.begin(), value.shape.end());
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i != 1 && shape[i] != 1) {
      return std::nullopt;
    }
  }
  auto numbers = numbers_of(model, value);
  if (numbers.size() == 1) {
    numbers.resize(static_cast<std::size_t>(output[1]), numbers[0]);
  }
  return numbers;
}

/// What goes into the weights: y = factor * x + offset for each channel.
struct ChannelLine {
  std::vector<float> factors;
  std::vector<float> offsets;
};

std::optional<ChannelLine> line_of(const EngineModel& model,
                                   const Layer& producer,
                                   const Layer& layer) {
  const auto channels = static_cast<std::size_t>(model.values[producer.output].shape[1]);
  ChannelLine line{std::vector<float>(channels, 1), std::vector<float>(channels, 0)};
  if (is_function(layer, Function::linear)) {
    std::ranges::fill(line.factors, function_of(layer)->alpha);
    std::ranges::fill(line.offsets, function_of(layer)->beta);
    return line;
  }
  const auto* binary = std::get_if<Binary>(&layer.operation);
  if (binary == nullptr || layer.inputs[0] != producer.output) {
    return std::nullopt;
  }
  auto numbers = channel_numbers(model, producer, layer.inputs[1]);
  if (!numbers) {
    return std::nullopt;
  }
  switch (binary->operation) {
    case Arithmetic::multiply:
      line.factors = *std::move(numbers);
      return line;
    case Arithmetic::add:
      line.offsets = *std::move(numbers);
      return line;
    case Arithmetic::subtract:
      std::ranges::transform(*numbers, line.offsets.begin(), std::negate());
      return line;
    case Arithmetic::divide:
      std::ranges::transform(*numbers, line.factors.begin(), [](float n) { return 1 / n; });
      return line;
  }
  return std::nullopt;
}

/// New constants for `layer`, since others may share the old ones.
void apply_line(EngineModel& model, Layer& layer, const ChannelLine& line) {
  const auto weights = model.values[layer.inputs[1]];
  auto numbers = numbers_of(model, weights);
  const auto channels = line.factors.size();
  const auto per_channel = numbers.size() / channels;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] *= line.factors[i / per_channel];
  }
  auto bias = line.offsets;
  if (layer.inputs.size() > 2) {
    const auto before = numbers_of(model, model.values[layer.inputs[2]]);
    for (std::size_t i = 0; i < channels; ++i) {
      bias[i] += before[i] * line.factors[i];
    }
  }
  layer.inputs.resize(3);
  layer.inputs[1] = add_constant(model, weights.name, weights.shape, numbers);
  layer.inputs[2] =
      add_constant(model, layer.name + "/bias", {static_cast<std::int64_t>(channels)}, bias);
}

/// The only layer that reads what `layer` computes.
std::optional<std::size_t> only_reader(const std::vector<Uses>& uses, const Layer& layer) {
  const auto& readers = uses[layer.output];
  return readers.count() == 1 && readers.layers.size() == 1 ? std::optional(readers.layers[0])
                                                            : std::nullopt;
}

void take_out(EngineModel& model, const std::set<std::size_t>& gone) {
  std::vector<Layer> kept;
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    if (!gone.contains(i)) {
      kept.push_back(std::move(model.layers[i]));
    }
  }
  model.layers = std::move(kept);
}

/// Makes steps of what follows layers with weights.
class StepFuser {
 public:
  explicit StepFuser(EngineModel& model)
      : model_(model), producers_(producers_of(model)), uses_(uses_of(model)) {}

  void run() {
    for (std::size_t i = 0; i < model_.layers.size(); ++i) {
      if (has_weights(model_.layers[i])) {
        while (fuse_next(i)) {
        }
      }
    }
    take_out(model_, gone_);
  }

 private:
  bool fuse_next(std::size_t index) {
    auto& layer = model_.layers[index];
    const auto reader = only_reader(uses_, layer);
    if (!reader || layer.fused.size() == most_fused_steps) {
      return false;
    }
    const auto& next = model_.layers[*reader];
    if (const auto* function = function_of(next)) {
      layer.fused.emplace_back(*function);
    } else if (const auto added = added_by(next, index)) {
      layer.fused.emplace_back(AddValue{*added});
      std::ranges::replace(uses_[*added].layers, *reader, index);
    } else {
      return false;
    }
    layer.output = next.output;
    producers_[layer.output] = index;
    gone_.insert(*reader);
    return true;
  }

  /// What `next` adds to the output of the layer, if it is there before that layer runs.
  [[nodiscard]] std::optional<std::size_t> added_by(const Layer& next, std::size_t index) const {
    const auto& layer = model_.layers[index];
    const auto* binary = std::get_if<Binary>(&next.operation);
    const bool adds_already = std::ranges::any_of(
        layer.fused, [](const auto& step) { return std::holds_alternative<AddValue>(step); });
    if (binary == nullptr || binary->operation != Arithmetic::add || adds_already) {
      return std::nullopt;
    }
    const auto other = next.inputs[next.inputs[0] == layer.output ? 1 : 0];
    const auto& value = model_.values[other];
    const auto producer = producers_[other];
    const bool in_time = !producer || *producer < index;
    // Not that of the sum: over a larger tensor, the layer's own result would have to spread.
    return !value.constant && value.shape == model_.values[layer.output].shape && in_time
               ? std::optional(other)
               : std::nullopt;
  }

  EngineModel& model_;
  std::vector<std::optional<std::size_t>> producers_;
  std::vector<Uses> uses_;
  std::set<std::size_t> gone_;
};

}  // namespace

void recognise_gates(EngineModel& model) {
  GateFinder(model).run();
}

void fold_factors(EngineModel& model) {
  const auto uses = uses_of(model);
  std::set<std::size_t> gone;
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    while (has_weights(model.layers[i])) {
      const auto reader = only_reader(uses, model.layers[i]);
      const auto line =
          reader ? line_of(model, model.layers[i], model.layers[*reader]) : std::nullopt;
      if (!line) {
        break;
      }
      apply_line(model, model.layers[i], *line);
      model.layers[i].output = model.layers[*reader].output;
      gone.insert(*reader);
    }
  }
  take_out(model, gone);
}

void fuse_steps(EngineModel& model) {
  StepFuser(model).run();
}

void fuse(EngineModel& model) {
  recognise_gates(model);
  remove_unused(model);
  fold_factors(model);
  remove_unused(model);
  fuse_steps(model);
  remove_unused(model);
}

}  // namespace athanor::compile
