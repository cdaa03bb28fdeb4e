#include "athanor/core/json_strings.hpp"

#include <algorithm>

namespace athanor {

std::optional<std::vector<std::string>> list_of_strings(const Json& value) {
  const auto is_string = [](const Json& item) { return item.is_string(); };
  if (!value.is_array() || !std::all_of(value.begin(), value.end(), is_string)) {
    return std::nullopt;
  }
  return value.get<std::vector<std::string>>();
}

}  // namespace athanor
