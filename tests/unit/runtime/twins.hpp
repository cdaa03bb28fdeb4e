#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "athanor/runtime/graph.hpp"
#include "athanor/runtime/tensor.hpp"

/// What layers compute, written as plainly as it can be.
namespace athanor::runtime::testing {

inline std::size_t offset_of(const Shape& shape, const std::vector<std::int64_t>& index) {
  std::size_t offset = 0;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    offset = offset * static_cast<std::size_t>(shape[i]) + static_cast<std::size_t>(index[i]);
  }
  return offset;
}

inline float& at(Tensor& tensor, const std::vector<std::int64_t>& index) {
  return tensor.values[offset_of(tensor.shape, index)];
}

inline float at(const Tensor& tensor, const std::vector<std::int64_t>& index) {
  return tensor.values[offset_of(tensor.shape, index)];
}

inline Tensor zeros(const Shape& shape) {
  return {shape, std::vector<float>(static_cast<std::size_t>(element_count(shape).value()), 0)};
}

/// Calls `visit` with every index of the shape.
template <class Visit>
void for_each_index(const Shape& shape, const Visit& visit) {
  std::vector<std::int64_t> index(shape.size(), 0);
  const auto count = element_count(shape).value();
  for (std::int64_t i = 0; i < count; ++i) {
    visit(index);
    for (std::size_t d = shape.size(); d-- > 0;) {
      if (++index[d] < shape[d]) {
        break;
      }
      index[d] = 0;
    }
  }
}

inline Tensor convolved(const Tensor& x,
                        const Tensor& weights,
                        const std::vector<float>& bias,
                        const Convolution& rule) {
  auto shape = output_shape(rule, {x.shape, weights.shape}).value();
  auto result = zeros(shape);
  const auto per_group = weights.shape[0] / rule.groups;
  for_each_index(shape, [&](const auto& o) {
    double sum = bias.empty() ? 0 : static_cast<double>(bias[static_cast<std::size_t>(o[1])]);
    for (std::int64_t c = 0; c < weights.shape[1]; ++c) {
      for (std::int64_t i = 0; i < weights.shape[2]; ++i) {
        for (std::int64_t j = 0; j < weights.shape[3]; ++j) {
          const auto y = o[2] * rule.strides[0] - rule.pad_begin[0] + i * rule.dilations[0];
          const auto z = o[3] * rule.strides[1] - rule.pad_begin[1] + j * rule.dilations[1];
          if (y >= 0 && z >= 0 && y < x.shape[2] && z < x.shape[3]) {
            const auto channel = o[1] / per_group * weights.shape[1] + c;
            sum += static_cast<double>(at(x, {o[0], channel, y, z})) *
                   static_cast<double>(at(weights, {o[1], c, i, j}));
          }
        }
      }
    }
    at(result, o) = static_cast<float>(sum);
  });
  return result;
}

inline Tensor pooled(const Tensor& x, const Pool& rule) {
  const auto shape = output_shape(rule, {x.shape}).value();
  auto result = zeros(shape);
  for_each_index(shape, [&](const auto& o) {
    float largest = std::numeric_limits<float>::lowest();
    double sum = 0;
    int inside = 0;
    for (std::int64_t i = 0; i < rule.window[0]; ++i) {
      for (std::int64_t j = 0; j < rule.window[1]; ++j) {
        const auto y = o[2] * rule.strides[0] - rule.pad_begin[0] + i * rule.dilations[0];
        const auto z = o[3] * rule.strides[1] - rule.pad_begin[1] + j * rule.dilations[1];
        if (y >= 0 && z >= 0 && y < x.shape[2] && z < x.shape[3]) {
          const auto number = at(x, {o[0], o[1], y, z});
          largest = std::max(largest, number);
          sum += static_cast<double>(number);
          ++inside;
        }
      }
    }
    const auto area = rule.kind == PoolKind::average_with_padding
                          ? static_cast<double>(rule.window[0] * rule.window[1])
                          : static_cast<double>(inside);
    at(result, o) = rule.kind == PoolKind::max ? largest : static_cast<float>(sum / area);
  });
  return result;
}

inline float function_value(const Elementwise& step, float x) {
  const auto sigmoid = [](float v) { return 1 / (1 + std::exp(-v)); };
  switch (step.function) {
    case Function::relu:
      return x > 0 ? x : step.alpha * x;
    case Function::clip:
      return std::clamp(x, step.alpha, step.beta);
    case Function::linear:
      return step.alpha * x + step.beta;
    case Function::power:
      return step.alpha * std::pow(x, step.beta);
    case Function::sigmoid:
      return sigmoid(x);
    case Function::swish:
      return x * sigmoid(step.alpha * x);
    case Function::hardswish:
      return x * std::clamp(x / 6 + 0.5F, 0.0F, 1.0F);
    case Function::mish:
      return x * std::tanh(std::log1p(std::exp(x)));
    case Function::elu:
      return x > 0 ? x : step.alpha * (std::exp(x) - 1);
    case Function::tanh:
      return std::tanh(x);
    case Function::softplus:
      return std::log1p(std::exp(x));
    case Function::exp:
      return std::exp(x);
    case Function::log:
      return std::log(x);
    case Function::sqrt:
      return std::sqrt(x);
    case Function::abs:
      return std::abs(x);
  }
  return 0;
}

inline Tensor mapped(const Tensor& x, const Elementwise& step) {
  auto result = x;
  for (auto& number : result.values) {
    number = function_value(step, number);
  }
  return result;
}

inline float computed(Arithmetic operation, float a, float b) {
  switch (operation) {
    case Arithmetic::add:
      return a + b;
    case Arithmetic::subtract:
      return a - b;
    case Arithmetic::multiply:
      return a * b;
    case Arithmetic::divide:
      return a / b;
  }
  return 0;
}

inline Tensor combined(const Tensor& a, const Tensor& b, Arithmetic operation) {
  auto result = a;
  for_each_index(a.shape, [&](const auto& index) {
    std::vector<std::int64_t> other(index.end() - std::ssize(b.shape), index.end());
    for (std::size_t i = 0; i < other.size(); ++i) {
      other[i] = b.shape[i] == 1 ? 0 : other[i];
    }
    at(result, index) = computed(operation, at(a, index), at(b, other));
  });
  return result;
}

inline Tensor linear(const Tensor& x, const Tensor& matrix, const std::vector<float>& bias) {
  auto result = zeros({x.shape[0], matrix.shape[0]});
  for_each_index(result.shape, [&](const auto& o) {
    double sum = bias.empty() ? 0 : static_cast<double>(bias[static_cast<std::size_t>(o[1])]);
    for (std::int64_t i = 0; i < x.shape[1]; ++i) {
      sum += static_cast<double>(at(x, {o[0], i})) * static_cast<double>(at(matrix, {o[1], i}));
    }
    at(result, o) = static_cast<float>(sum);
  });
  return result;
}

}  // namespace athanor::runtime::testing
