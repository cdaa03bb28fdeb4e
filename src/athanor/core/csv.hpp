#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Comma-separated values (RFC 4180), a record to a line.
namespace athanor {

/// The fields of a line; nullopt when its quotes do not match.
[[nodiscard]] std::optional<std::vector<std::string>> csv_fields(std::string_view line);

/// A field of a row: quoted where it holds a comma, a quote or a line break.
[[nodiscard]] std::string csv_field(std::string_view text);

}  // namespace athanor
