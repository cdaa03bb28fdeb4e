#include "athanor/catalog/engine_shapes.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include <fmt/format.h>

namespace athanor::catalog {

namespace {

std::vector<std::string_view> parts_between(char separator, std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

/// Of "8x3x224x224".
std::optional<EngineShapes> parse_shape(std::string_view text) {
  std::vector<std::int64_t> sizes;
  for (const auto part : parts_between('x', text)) {
    std::int64_t size = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), size);
    if (error != std::errc() || end != part.data() + part.size() || size < 1) {
      return std::nullopt;
    }
    sizes.push_back(size);
  }
  if (sizes.size() != 4) {
    return std::nullopt;
  }
  return EngineShapes{sizes[0], {sizes[1], sizes[2], sizes[3]}};
}

}  // namespace

Result<EngineShapes> parse_engine_shapes(std::string_view text) {
  const auto parts = parts_between(',', text);
  const auto largest = parts.size() == 4 ? parse_shape(parts.back()) : std::nullopt;
  if (!largest) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("\"{}\" is no input name with three shapes, as in "
                            "input_1,1x3x224x224,4x3x224x224,8x3x224x224",
                            text));
  }
  return *largest;
}

}  // namespace athanor::catalog
