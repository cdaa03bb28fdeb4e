#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "unit/runtime/twins.hpp"

#include "athanor/runtime/graph.hpp"
#include "athanor/runtime/session.hpp"
#include "athanor/tensor/torch.hpp"

/// What the layers of an engine compute, in double precision and without oneDNN.
namespace athanor::compile::testing {

inline torch::Tensor to_torch(const runtime::Tensor& tensor) {
  return torch::tensor(tensor.values).reshape(tensor.shape);
}

inline runtime::Tensor from_torch(const torch::Tensor& tensor) {
  const auto flat = tensor.to(torch::kFloat32).contiguous();
  const auto* numbers = flat.data_ptr<float>();
  return {tensor.sizes().vec(), {numbers, numbers + flat.numel()}};
}

/// A layer applied to what it read in a run of the engine, so that the deviations of earlier layers
/// play no part. Sums of products are exact as far as doubles are.
class LayerTwin {
 public:
  /// `values`: what the run showed, by index, in double.
  LayerTwin(const runtime::EngineModel& model, const std::vector<torch::Tensor>& values)
      : model_(model), values_(values) {}

  /// Before it is rounded to the output's integers.
  [[nodiscard]] torch::Tensor output(const runtime::Layer& layer) const {
    auto y = std::visit([&](const auto& rule) { return computed(rule, layer); }, layer.operation);
    for (const auto& step : layer.fused) {
      if (const auto* function = std::get_if<runtime::Elementwise>(&step)) {
        y = computed(*function, y);
      } else {
        y = y + values_[std::get<runtime::AddValue>(step).value];
      }
    }
    return y;
  }

  /// The numbers of a layer's weights: integers times the scale of their channel.
  [[nodiscard]] torch::Tensor weights(const runtime::Layer& layer) const {
    const auto& value = model_.values[layer.inputs[1]];
    if (!layer.quantisation) {
      return constant(value);
    }
    const auto* bytes = model_.weights.data() + value.constant->offset;
    const auto integers =
        torch::from_blob(const_cast<char*>(bytes), value.shape, torch::kInt8).to(torch::kFloat64);
    std::vector<std::int64_t> per_channel(value.shape.size(), 1);
    per_channel[0] = value.shape[0];
    return integers *
           torch::tensor(layer.quantisation->weight_scales).to(torch::kFloat64).view(per_channel);
  }

 private:
  [[nodiscard]] torch::Tensor constant(const runtime::Value& value) const {
    return torch::tensor(numbers_of(model_, value)).reshape(value.shape).to(torch::kFloat64);
  }

  [[nodiscard]] torch::Tensor input(const runtime::Layer& layer, std::size_t i) const {
    const auto& value = model_.values[layer.inputs[i]];
    return value.constant ? constant(value) : values_[layer.inputs[i]];
  }

  /// The first input as the layer sees it: to the nearest integer, even ones of two, in range.
  [[nodiscard]] torch::Tensor source(const runtime::Layer& layer) const {
    const auto x = input(layer, 0);
    if (!layer.quantisation) {
      return x;
    }
    const bool has_sign = layer.quantisation->input_type == runtime::ElementType::s8;
    const float scale = layer.quantisation->input_scale;
    const auto integers = (x.to(torch::kFloat32) * (1 / scale)).round();
    return integers.clamp(has_sign ? -128 : 0, has_sign ? 127 : 255).to(torch::kFloat64) *
           static_cast<double>(scale);
  }

  [[nodiscard]] torch::Tensor bias(const runtime::Layer& layer) const {
    return layer.inputs.size() > 2 ? input(layer, 2) : torch::Tensor();
  }

  [[nodiscard]] torch::Tensor computed(const runtime::Convolution& rule,
                                       const runtime::Layer& layer) const {
    const auto padded = torch::constant_pad_nd(
        source(layer), {rule.pad_begin[1], rule.pad_end[1], rule.pad_begin[0], rule.pad_end[0]});
    return torch::conv2d(padded,
                         weights(layer),
                         bias(layer),
                         rule.strides,
                         torch::IntArrayRef{0, 0},
                         rule.dilations,
                         rule.groups);
  }

  [[nodiscard]] torch::Tensor computed(const runtime::Linear& /*rule*/,
                                       const runtime::Layer& layer) const {
    return torch::linear(source(layer), weights(layer), bias(layer));
  }

  [[nodiscard]] torch::Tensor computed(const runtime::MatMul& /*rule*/,
                                       const runtime::Layer& layer) const {
    return torch::matmul(input(layer, 0), input(layer, 1));
  }

  [[nodiscard]] torch::Tensor computed(const runtime::Pool& rule,
                                       const runtime::Layer& layer) const {
    return to_torch(runtime::testing::pooled(from_torch(input(layer, 0)), rule))
        .to(torch::kFloat64);
  }

  [[nodiscard]] static torch::Tensor computed(const runtime::Elementwise& rule,
                                              const torch::Tensor& x) {
    return to_torch(runtime::testing::mapped(from_torch(x), rule)).to(torch::kFloat64);
  }

  [[nodiscard]] torch::Tensor computed(const runtime::Elementwise& rule,
                                       const runtime::Layer& layer) const {
    return computed(rule, input(layer, 0));
  }

  [[nodiscard]] torch::Tensor computed(const runtime::Binary& rule,
                                       const runtime::Layer& layer) const {
    const auto a = input(layer, 0);
    const auto b = input(layer, 1);
    switch (rule.operation) {
      case runtime::Arithmetic::add:
        return a + b;
      case runtime::Arithmetic::subtract:
        return a - b;
      case runtime::Arithmetic::multiply:
        return a * b;
      case runtime::Arithmetic::divide:
        break;
    }
    return a / b;
  }

  [[nodiscard]] torch::Tensor computed(const runtime::Softmax& rule,
                                       const runtime::Layer& layer) const {
    return rule.logarithm ? torch::log_softmax(input(layer, 0), rule.axis)
                          : torch::softmax(input(layer, 0), rule.axis);
  }

  [[nodiscard]] torch::Tensor computed(const runtime::Concat& rule,
                                       const runtime::Layer& layer) const {
    std::vector<torch::Tensor> parts;
    for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
      parts.push_back(input(layer, i));
    }
    return torch::cat(parts, rule.axis);
  }

  [[nodiscard]] torch::Tensor computed(const runtime::Reshape& rule,
                                       const runtime::Layer& layer) const {
    auto target = rule.target;
    std::ranges::replace(target, runtime::open_batch, -1);
    return input(layer, 0).reshape(target);
  }

  [[nodiscard]] torch::Tensor computed(const runtime::Transpose& rule,
                                       const runtime::Layer& layer) const {
    return input(layer, 0).permute(rule.order);
  }

  [[nodiscard]] torch::Tensor computed(const runtime::Slice& rule,
                                       const runtime::Layer& layer) const {
    return input(layer, 0).slice(rule.axis, rule.begin, rule.end);
  }

  [[nodiscard]] torch::Tensor computed(const runtime::Mean& rule,
                                       const runtime::Layer& layer) const {
    return input(layer, 0).mean(rule.axes, true);
  }

  const runtime::EngineModel& model_;
  const std::vector<torch::Tensor>& values_;
};

/// Every tensor of a run by its index, in double; the inputs first, then the layers in turn.
inline std::vector<torch::Tensor> values_of_run(runtime::Session& session,
                                                const runtime::TensorView& x) {
  const auto& model = *session.engine().model();
  auto order = model.inputs;
  for (const auto& layer : model.layers) {
    order.push_back(layer.output);
  }
  std::vector<torch::Tensor> values(model.values.size());
  std::size_t shown = 0;
  const auto outputs = session.observe(
      std::span(&x, 1), [&](std::string_view /*name*/, const runtime::Tensor& value) {
        values[order.at(shown++)] = to_torch(value).to(torch::kFloat64);
      });
  if (!outputs) {
    throw std::runtime_error(outputs.error().message);
  }
  return values;
}

/// What an output must hold: its type's nearest number, within range.
inline torch::Tensor in_range(const runtime::Value& value, const torch::Tensor& numbers) {
  if (value.type == runtime::ElementType::f32) {
    return numbers;
  }
  const bool has_sign = value.type == runtime::ElementType::s8;
  return numbers.clamp(static_cast<double>(value.scale) * (has_sign ? -128 : 0),
                       static_cast<double>(value.scale) * (has_sign ? 127 : 255));
}

/// The largest deviation of any layer of the engine from its twin as a share of what is allowed:
/// half a step of an output in integers and a little for the float arithmetic in front of the
/// rounding, or 3e-5 of the largest number of an output in float, since products that cancel leave
/// more of their rounding, by the order in which the processor's kernels sum. Names the layer.
inline std::pair<double, std::string> worst_layer(const runtime::Engine& engine,
                                                  const torch::Tensor& x,
                                                  int threads) {
  runtime::Session session(engine, {.threads = threads});
  const auto& model = *engine.model();
  const auto values = values_of_run(session, {x.data_ptr<float>(), x.sizes().vec()});
  const LayerTwin twin(model, values);
  std::pair<double, std::string> worst{0, ""};
  for (const auto& layer : model.layers) {
    const auto& value = model.values[layer.output];
    const auto expected = twin.output(layer);
    const auto deviation =
        (in_range(value, expected) - values[layer.output]).abs().max().item<double>();
    const double allowed = value.type == runtime::ElementType::f32
                               ? 3e-5 * std::max(1e-3, expected.abs().max().item<double>())
                               : 0.51 * static_cast<double>(value.scale);
    const bool finite = std::isfinite(deviation);
    const double share = finite ? deviation / allowed : std::numeric_limits<double>::infinity();
    worst = std::max(worst, {share, layer.name});
  }
  return worst;
}

}  // namespace athanor::compile::testing
