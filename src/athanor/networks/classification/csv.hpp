#pragma once

#include <string>
#include <string_view>

namespace athanor::networks::classification {

/// A field of a CSV row (RFC 4180): quoted where it holds a comma, a quote or a line break.
[[nodiscard]] std::string csv_field(std::string_view text);

}  // namespace athanor::networks::classification
