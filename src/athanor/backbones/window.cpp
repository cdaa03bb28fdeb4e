#include "athanor/backbones/window.hpp"

#include <algorithm>

namespace athanor::backbones {

std::int64_t Window::smallest_input(std::int64_t side) const {
  // side = (input + 2 * padding - kernel) / stride + 1, rounded down or up.
  const auto whole_steps = ceil_mode ? (side - 2) * stride + 1 : (side - 1) * stride;
  return std::max<std::int64_t>(1, whole_steps + kernel - 2 * padding);
}

}  // namespace athanor::backbones
