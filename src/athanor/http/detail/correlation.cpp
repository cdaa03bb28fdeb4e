#include "athanor/http/detail/correlation.hpp"

#include <algorithm>
#include <string_view>

#include "athanor/core/limits.hpp"

namespace athanor::http::detail {

namespace {

bool is_plain(char c) {
  constexpr std::string_view marks = "._~+/=:-";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         marks.find(c) != std::string_view::npos;
}

/// Lower-case hexadecimal digits that are not all zero.
bool is_id(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos &&
         text.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace

std::string wanted_request_id(const Headers& headers) {
  const auto id = headers.find("X-Request-Id").value_or("");
  const bool fits = headers.count("X-Request-Id") == 1 && id.size() <= limits::request_id_bytes &&
                    std::ranges::all_of(id, is_plain);
  return fits ? std::string(id) : "";
}

std::string trace_id(const Headers& headers) {
  // version "-" trace-id "-" parent-id "-" flags; later versions may add to it.
  const auto field = headers.find("traceparent").value_or("");
  constexpr std::size_t length = 55;
  const bool shaped =
      headers.count("traceparent") == 1 && field.size() >= length &&
      (field.size() == length || (field[length] == '-' && !field.starts_with("00"))) &&
      field[2] == '-' && field[35] == '-' && field[52] == '-';
  const bool fits = shaped && !field.starts_with("ff") && is_id(field.substr(3, 32)) &&
                    is_id(field.substr(36, 16));
  return fits ? std::string(field.substr(3, 32)) : "";
}

}  // namespace athanor::http::detail
