#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "athanor/core/error.hpp"

namespace athanor::catalog {

/// What clients of the API's fourth version ask a `convert` for in `p`.
struct EngineShapes {
  std::int64_t largest_batch = 1;
  std::array<std::int64_t, 3> picture{};  ///< Channels, height and width.
};

/// Reads an input name and three shapes, "input_1,1x3x224x224,4x3x224x224,8x3x224x224". The last
/// counts; the others are for engines that prefer one batch. invalid_argument with the mend for
/// anything else.
[[nodiscard]] Result<EngineShapes> parse_engine_shapes(std::string_view text);

}  // namespace athanor::catalog
