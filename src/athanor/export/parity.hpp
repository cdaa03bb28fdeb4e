#pragma once

#include <cmath>

#include "athanor/core/error.hpp"
#include "athanor/tensor/named_tensors.hpp"

namespace athanor::exporter {

/// How far two computations of the same thing are apart.
struct Parity {
  double largest_difference = 0.0;  ///< max |a - b|; NaN or infinite where a number is not finite.
  double tolerance = 0.0;           ///< 1e-4 * max(1, max |a|), unless allow_for() widens it.

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

/// `parity` with exact numbers, where a computation in single precision may be off by four times
/// what another one is, `rounding`: deep networks that are barely trained blow the rounding of
/// their first layers up by more than any fixed tolerance. They do so with a fault as well, so that
/// it stands out as before. A hundred times the usual tolerance is the most, since outputs that
/// rounding moves further mean nothing, and rounding that is no finite number allows nothing.
[[nodiscard]] Parity allow_for(const Parity& rounding, Parity parity);

}  // namespace athanor::exporter
