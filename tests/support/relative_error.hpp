#pragma once

#include "athanor/tensor/torch.hpp"

namespace athanor::testing {

/// |actual - expected| / |expected|, in double precision.
[[nodiscard]] inline double relative_error(const torch::Tensor& actual,
                                           const torch::Tensor& expected) {
  const auto wide = expected.to(torch::kDouble);
  return ((actual.to(torch::kDouble) - wide).norm() / wide.norm()).item<double>();
}

}  // namespace athanor::testing
