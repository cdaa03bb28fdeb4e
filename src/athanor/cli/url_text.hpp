#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace athanor::cli {

/// Names and values of a query.
using QueryParameters = std::vector<std::pair<const char*, std::optional<std::string>>>;

/// "?name=a%20b&type=c" of the parameters that have a value; empty when none has.
[[nodiscard]] std::string query_text(const QueryParameters& parameters);

/// A name with folders as a part of a path: all but its slashes is percent-encoded.
[[nodiscard]] std::string path_text(std::string_view name);

/// Whether what is sent to this address can be read on the way.
[[nodiscard]] bool is_in_the_clear(std::string_view url);

}  // namespace athanor::cli
