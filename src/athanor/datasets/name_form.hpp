#pragma once

#include <string>
#include <string_view>

/// How names that are well-formed UTF-8 compare, by Unicode's rules (utf8proc).
namespace athanor::datasets {

/// The composed form (NFC): "e" + acute and "é" become the same bytes.
[[nodiscard]] std::string composed(std::string_view name);

/// The composed form without the difference of upper and lower case.
[[nodiscard]] std::string case_folded(std::string_view name);

/// Whether it holds control characters (C0, C1, DEL) or line and paragraph separators.
[[nodiscard]] bool holds_control(std::string_view name);

}  // namespace athanor::datasets
