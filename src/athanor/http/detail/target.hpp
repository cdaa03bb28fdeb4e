#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The request target: "/default//api/v1/a%20b?name=x+y" taken apart.
namespace athanor::http::detail {

struct Target {
  std::string raw_path;  ///< Percent-encoded, `//` collapsed, prefix removed; for the router.
  std::string path;      ///< The same, decoded.
  std::vector<std::pair<std::string, std::string>> query;
};

/// Nullopt on a broken escape, an encoded NUL or a target that is no path. An absolute form
/// ("http://host/path") is taken for its path. `optional_prefix` is one segment, or empty.
[[nodiscard]] std::optional<Target> parse_target(std::string_view target,
                                                 std::string_view optional_prefix);

enum class Plus { literal, space };

/// Nullopt on a broken escape or an encoded NUL.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, Plus plus);

}  // namespace athanor::http::detail
