#pragma once

#include <string_view>

namespace athanor {

/// Whether the text is well-formed UTF-8, by table 3-7 of the Unicode standard: no character in
/// more bytes than it needs, no surrogate, nothing beyond U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace athanor
