#include "athanor/spec/coercion.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace athanor::spec {

namespace {

/// The whole of `text` as a number, or none.
template <class Number>
std::optional<Number> parsed(const std::string& text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

std::optional<double> finite(const Json& value) {
  std::optional<double> number;
  if (value.is_number()) {
    number = value.get<double>();
  } else if (value.is_string()) {
    number = parsed<double>(value.get_ref<const std::string&>());
  }
  return number && std::isfinite(*number) ? number : std::nullopt;
}

std::optional<Json> integer(const Json& value) {
  constexpr auto largest = std::numeric_limits<std::int64_t>::max();
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    return number <= static_cast<std::uint64_t>(largest) ? std::optional(value) : std::nullopt;
  }
  if (value.is_number_integer()) {
    return value;
  }
  if (value.is_string()) {
    if (const auto number = parsed<std::int64_t>(value.get_ref<const std::string&>())) {
      return *number;
    }
  }
  constexpr double exact = 9007199254740992.0;  // 2^53: beyond it doubles skip integers.
  const auto number = finite(value);
  if (number && std::abs(*number) <= exact && std::trunc(*number) == *number) {
    return static_cast<std::int64_t>(*number);
  }
  return std::nullopt;
}

std::optional<Json> number(const Json& value) {
  const auto found = finite(value);
  if (!found) {
    return std::nullopt;
  }
  return value.is_number() ? value : Json(*found);
}

std::string_view bare_token(std::string_view text) {
  const bool wrapped = text.size() > 4 && text.starts_with("__") && text.ends_with("__");
  return wrapped ? text.substr(2, text.size() - 4) : text;
}

}  // namespace

std::optional<Json> coerced(Type type, const Json& value) {
  switch (type) {
    case Type::integer:
      return integer(value);
    case Type::number:
      return number(value);
    case Type::boolean:
      return value.is_boolean() ? std::optional(value) : std::nullopt;
    case Type::string:
      return value.is_string() ? std::optional(value) : std::nullopt;
    case Type::object:
    case Type::list:
      break;
  }
  return std::nullopt;
}

std::optional<std::string_view> named_option(const Parameter& row, const Json& value) {
  const std::string text = value.is_string() ? value.get<std::string>() : to_text(value);
  const auto found = std::ranges::find_if(row.options, [&text](std::string_view option) {
    return bare_token(option) == bare_token(text);
  });
  return found == row.options.end() ? std::nullopt : std::optional(*found);
}

}  // namespace athanor::spec
