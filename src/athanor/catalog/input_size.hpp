#pragma once

#include <string_view>

#include "athanor/core/error.hpp"

namespace athanor::catalog {

/// What a network sees, as specs write it: "3,224,224".
struct InputSize {
  int channels = 3;  ///< 3, or 1 for grey.
  int height = 224;
  int width = 224;
};

/// Channels, height and width, comma-separated. invalid_argument with the mend for anything else.
[[nodiscard]] Result<InputSize> parse_input_size(std::string_view text);

}  // namespace athanor::catalog
