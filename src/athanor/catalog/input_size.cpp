#include "athanor/catalog/input_size.hpp"

#include <charconv>
#include <optional>
#include <vector>

#include <fmt/format.h>

namespace athanor::catalog {

namespace {

constexpr int largest_side = 16384;

std::optional<int> parse_int(std::string_view text) {
  while (text.starts_with(' ')) {
    text.remove_prefix(1);
  }
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

std::vector<std::string_view> split_at_commas(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto comma = text.find(',');
    parts.push_back(text.substr(0, comma));
    if (comma == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(comma + 1);
  }
}

bool is_side(int size) {
  return size > 0 && size <= largest_side;
}

}  // namespace

Result<InputSize> parse_input_size(std::string_view text) {
  const auto parts = split_at_commas(text);
  std::vector<int> sizes;
  for (const auto part : parts) {
    if (const auto size = parse_int(part)) {
      sizes.push_back(*size);
    }
  }
  const bool well_formed = parts.size() == 3 && sizes.size() == 3 &&
                           (sizes[0] == 1 || sizes[0] == 3) && is_side(sizes[1]) &&
                           is_side(sizes[2]);
  if (!well_formed) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("\"{}\" is no input size; write channels,height,width with 1 (gray) or "
                            "3 (colour) channels, for example 3,224,224",
                            text));
  }
  return InputSize{sizes[0], sizes[1], sizes[2]};
}

}  // namespace athanor::catalog
