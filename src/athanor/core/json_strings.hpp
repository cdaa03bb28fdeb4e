#pragma once

#include <optional>
#include <string>
#include <vector>

#include "athanor/core/json.hpp"

namespace athanor {

/// The elements of a list of strings; nullopt for anything else.
[[nodiscard]] std::optional<std::vector<std::string>> list_of_strings(const Json& value);

}  // namespace athanor
