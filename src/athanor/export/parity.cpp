#include "athanor/export/parity.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace athanor::exporter {

namespace {

/// Not-a-number is worse than any number, and nothing is worse than that.
bool is_worse(const Parity& candidate, const Parity& than) {
  const double worst = than.largest_difference / than.tolerance;
  return !std::isnan(worst) && !(candidate.largest_difference / candidate.tolerance <= worst);
}

}  // namespace

Result<Parity> compare_tensors(const torch::Tensor& expected, const torch::Tensor& actual) {
  if (expected.sizes() != actual.sizes()) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("the shape is [{}] instead of [{}]",
                            fmt::join(actual.sizes(), ", "),
                            fmt::join(expected.sizes(), ", ")));
  }
  if (expected.numel() == 0) {
    return Parity{0.0, 1e-4};
  }
  const auto a = expected.detach().to(torch::kFloat64);
  const auto b = actual.detach().to(torch::kFloat64);
  return Parity{(a - b).abs().max().item<double>(),
                1e-4 * std::max(1.0, a.abs().max().item<double>())};
}

Result<Parity> compare_outputs(const tensor::NamedTensors& expected,
                               const tensor::NamedTensors& actual) {
  Parity worst{0.0, 1e-4};
  for (const auto& [name, value] : expected) {
    const auto* counterpart = tensor::find_tensor(actual, name);
    if (counterpart == nullptr) {
      return fail(ErrorCode::invalid_argument, fmt::format("the output {} is missing", name));
    }
    auto parity = compare_tensors(value, *counterpart);
    if (!parity) {
      return fail(parity.error().within("output " + name));
    }
    if (is_worse(*parity, worst)) {
      worst = *parity;
    }
  }
  return worst;
}

Parity allow_for(const Parity& rounding, Parity parity) {
  const double share = rounding.largest_difference / rounding.tolerance;
  parity.tolerance *= std::isfinite(share) ? std::clamp(4 * share, 1.0, 100.0) : 0;
  return parity;
}

}  // namespace athanor::exporter
