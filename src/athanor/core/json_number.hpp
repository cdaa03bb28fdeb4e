#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <utility>

#include "athanor/core/json.hpp"

namespace athanor {

/// The value where it is a whole number that T holds. The library's own get<T>() cuts off what is
/// too much, and for a number in another notation that is undefined behaviour.
template <std::integral T>
[[nodiscard]] std::optional<T> integer_of(const Json& value) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    return std::in_range<T>(number) ? std::optional(static_cast<T>(number)) : std::nullopt;
  }
  if (value.is_number_integer()) {
    const auto number = value.get<std::int64_t>();
    return std::in_range<T>(number) ? std::optional(static_cast<T>(number)) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace athanor
