#include "athanor/backbones/width.hpp"

#include <algorithm>

namespace athanor::backbones {

std::int64_t scaled_channels(std::int64_t channels, double width) {
  constexpr std::int64_t divisor = 8;
  const double wanted = static_cast<double>(channels) * width;
  const auto nearest = static_cast<std::int64_t>(wanted + divisor / 2.0) / divisor * divisor;
  const auto rounded = std::max(divisor, nearest);
  return static_cast<double>(rounded) < 0.9 * wanted ? rounded + divisor : rounded;
}

}  // namespace athanor::backbones
