#pragma once

#include <cmath>

#include "athanor/core/error.hpp"
#include "athanor/tensor/named_tensors.hpp"

namespace athanor::exporter {

/// How far two computations of the same thing are apart.
struct Parity {
  double largest_difference = 0.0;  ///< max |a - b|; NaN or infinite where a number is not finite.
  double tolerance = 0.0;           ///< 1e-4 * max(1, max |a|)

  [[nodiscard]] bool within_tolerance() const {
    return std::isfinite(largest_difference) && largest_difference <= tolerance;
  }
};

/// Compares `actual` to `expected`. Different shapes are invalid_argument.
[[nodiscard]] Result<Parity> compare_tensors(const torch::Tensor& expected,
                                             const torch::Tensor& actual);

/// The worst of all tensors of `expected`, relative to its tolerance. Missing ones are
/// invalid_argument.
[[nodiscard]] Result<Parity> compare_outputs(const tensor::NamedTensors& expected,
                                             const tensor::NamedTensors& actual);

}  // namespace athanor::exporter
