#include "athanor/compile/quantisation.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "athanor/compile/graph_edit.hpp"

namespace athanor::compile {

using runtime::ElementType;
using runtime::EngineModel;
using runtime::Layer;

namespace {

constexpr float largest_s8 = 127;
constexpr float largest_u8 = 255;

/// The largest integer of the weights of a layer with such inputs. Where no instruction sums
/// products of bytes in 32 bits, oneDNN adds two of them in 16 bits, which would cut twice
/// 255 * 127; for inputs with a sign it halves the weights by itself.
float largest_weight(ElementType input) {
  constexpr float largest_in_16_bits = 64;
  return input == ElementType::u8 && !runtime::has_fast_int8() ? largest_in_16_bits : largest_s8;
}

/// Channels of smaller weights count as zeros: their bias in units of their sums, which is how
/// sessions add it, would be infinite.
constexpr float least_weight = 1e-20F;

/// How a tensor is written in integers.
struct IntegerForm {
  ElementType type = ElementType::s8;
  float scale = 1;
};

IntegerForm form_of(bool negative, float threshold) {
  return negative ? IntegerForm{ElementType::s8, threshold / largest_s8}
                  : IntegerForm{ElementType::u8, threshold / largest_u8};
}

/// Layers that hand integers on as they are.
bool moves_integers(const Layer& layer) {
  const auto* pool = std::get_if<runtime::Pool>(&layer.operation);
  return (pool != nullptr && pool->kind == runtime::PoolKind::max) ||
         std::holds_alternative<runtime::Concat>(layer.operation);
}

/// Tensors that have to share one scale, by a representative.
class Groups {
 public:
  explicit Groups(std::size_t count) : parents_(count) {
    std::iota(parents_.begin(), parents_.end(), 0);
  }

  std::size_t find(std::size_t member) {
    while (parents_[member] != member) {
      parents_[member] = parents_[parents_[member]];
      member = parents_[member];
    }
    return member;
  }

  void join(std::size_t a, std::size_t b) { parents_[find(a)] = find(b); }

 private:
  std::vector<std::size_t> parents_;
};

class Quantiser {
 public:
  Quantiser(EngineModel& model,
            const CalibrationTable& table,
            const std::set<std::string>& float_layers)
      : model_(model), table_(table), float_layers_(float_layers), groups_(model.values.size()) {}

  Status run() {
    for (auto& layer : model_.layers) {
      quantised_.push_back(has_weights(layer) && !float_layers_.contains(layer.name));
      if (moves_integers(layer)) {
        for (const auto input : layer.inputs) {
          groups_.join(input, layer.output);
        }
      }
    }
    ATHANOR_CHECK_OK(choose_integer_tensors());
    for (std::size_t i = 0; i < model_.layers.size(); ++i) {
      if (quantised_[i]) {
        ATHANOR_CHECK_OK(quantise_layer(model_.layers[i]));
      }
    }
    remove_unused(model_);
    return {};
  }

 private:
  Result<ActivationRange> range_of(std::size_t value) const {
    const auto found = table_.ranges.find(model_.values[value].name);
    if (found == table_.ranges.end()) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("the calibration table has no range for {}; calibrate anew",
                              model_.values[value].name));
    }
    return found->second;
  }

  /// Whether the tensor is only written and read by layers that can do so in integers.
  [[nodiscard]] bool can_be_integer(std::size_t value,
                                    const std::optional<std::size_t>& producer,
                                    const Uses& uses) const {
    const auto reads = [&](std::size_t reader) {
      const auto& layer = model_.layers[reader];
      return moves_integers(layer) || quantised_[reader];
    };
    return !model_.values[value].constant && producer && !uses.is_output &&
           (quantised_[*producer] || moves_integers(model_.layers[*producer])) &&
           std::ranges::all_of(uses.layers, reads);
  }

  Status choose_integer_tensors() {
    const auto producers = producers_of(model_);
    const auto uses = uses_of(model_);
    std::set<std::size_t> in_float;
    for (std::size_t i = 0; i < model_.values.size(); ++i) {
      if (!can_be_integer(i, producers[i], uses[i])) {
        in_float.insert(groups_.find(i));
      }
    }
    leave_sums_with_floats_in_float(in_float);
    std::map<std::size_t, std::vector<std::size_t>> members;
    for (std::size_t i = 0; i < model_.values.size(); ++i) {
      if (!in_float.contains(groups_.find(i))) {
        members[groups_.find(i)].push_back(i);
      }
    }
    for (const auto& [group, values] : members) {
      ATHANOR_CHECK_OK(make_integers(values));
    }
    return {};
  }

  /// Sums are done in the place of their output, whose range need not hold what is added: below
  /// zero, say, in front of a relu.
  void leave_sums_with_floats_in_float(std::set<std::size_t>& in_float) {
    for (std::size_t before = 0; before != in_float.size();) {
      before = in_float.size();
      for (const auto& layer : model_.layers) {
        for (const auto& step : layer.fused) {
          const auto* add = std::get_if<runtime::AddValue>(&step);
          if (add != nullptr && in_float.contains(groups_.find(add->value))) {
            in_float.insert(groups_.find(layer.output));
          }
        }
      }
    }
  }

  Status make_integers(const std::vector<std::size_t>& values) {
    bool negative = false;
    float threshold = 0;
    for (const auto value : values) {
      ATHANOR_TRY(const auto range, range_of(value));
      negative = negative || range.smallest < 0;
      threshold = std::max(threshold, range.threshold);
    }
    const auto form = form_of(negative, threshold);
    for (const auto value : values) {
      model_.values[value].type = form.type;
      model_.values[value].scale = form.scale;
    }
    return {};
  }

  Status quantise_layer(Layer& layer) {
    const auto& input = model_.values[layer.inputs[0]];
    runtime::Quantisation quantisation{input.type, input.scale, {}};
    if (input.type == ElementType::f32) {
      ATHANOR_TRY(const auto range, range_of(layer.inputs[0]));
      const auto form = form_of(range.smallest < 0, range.threshold);
      quantisation.input_type = form.type;
      quantisation.input_scale = form.scale;
    }
    quantise_weights(layer, quantisation);
    layer.quantisation = std::move(quantisation);
    return {};
  }

  void quantise_weights(Layer& layer, runtime::Quantisation& quantisation) {
    const auto weights = model_.values[layer.inputs[1]];
    const auto numbers = numbers_of(model_, weights);
    const auto channels = static_cast<std::size_t>(weights.shape[0]);
    const auto per_channel = numbers.size() / channels;
    const float largest_integer = largest_weight(quantisation.input_type);
    std::string integers(numbers.size(), '\0');
    for (std::size_t channel = 0; channel < channels; ++channel) {
      const auto row = std::span(numbers).subspan(channel * per_channel, per_channel);
      float largest = 0;
      for (const auto number : row) {
        largest = std::max(largest, std::abs(number));
      }
      const float scale = largest > least_weight ? largest / largest_integer : 1;
      quantisation.weight_scales.push_back(scale);
      for (std::size_t i = 0; i < row.size(); ++i) {
        integers[channel * per_channel + i] = static_cast<char>(std::lrint(row[i] / scale));
      }
    }
    const auto index = add_value(model_, weights.name, weights.shape);
    model_.values[index].type = ElementType::s8;
    model_.values[index].constant = append_weights(model_, integers);
    layer.inputs[1] = index;
  }

  EngineModel& model_;
  const CalibrationTable& table_;
  const std::set<std::string>& float_layers_;
  Groups groups_;
  std::vector<bool> quantised_;
};

}  // namespace

Status quantise(EngineModel& model,
                const CalibrationTable& table,
                const std::set<std::string>& float_layers) {
  for (const auto& name : float_layers) {
    const bool exists = std::ranges::any_of(
        model.layers, [&](const Layer& layer) { return layer.name == name && has_weights(layer); });
    if (!exists) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("there is no layer {} that could stay in float", name));
    }
  }
  return Quantiser(model, table, float_layers).run();
}

}  // namespace athanor::compile
