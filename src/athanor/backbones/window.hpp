#pragma once

#include <cstdint>

namespace athanor::backbones {

/// How a layer changes height and width. The default keeps them; {.stride = 2} halves them and
/// rounds up, as every convolution does whose padding is half of its kernel.
struct Window {
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t padding = 0;  ///< On each side.
  bool ceil_mode = false;    ///< A last window may hang over the edge.

  /// The smallest side of a map of which `side` pixels or more are left.
  [[nodiscard]] std::int64_t smallest_input(std::int64_t side) const;
};

}  // namespace athanor::backbones
