#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>

#include "athanor/core/error.hpp"

namespace athanor::store {

/// PostgreSQL's text is UTF-8 without NUL; both databases keep to that.
[[nodiscard]] bool is_storable(std::string_view text);

/// invalid_argument, naming the field, for the first text that cannot be stored.
[[nodiscard]] Status check_storable(
    std::initializer_list<std::pair<std::string_view, std::string_view>> fields);

}  // namespace athanor::store
