#pragma once

#include <cstdint>

namespace athanor::backbones {

/// `channels` times `width`, rounded to a multiple of 8, at least 8 and not more than a tenth below
/// the product (the rule of the MobileNets and EfficientNets).
[[nodiscard]] std::int64_t scaled_channels(std::int64_t channels, double width);

}  // namespace athanor::backbones
