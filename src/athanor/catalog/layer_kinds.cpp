#include "athanor/catalog/layer_kinds.hpp"

#include <algorithm>
#include <cctype>
#include <string>

#include <fmt/format.h>

namespace athanor::catalog {

namespace {

/// Without spaces, in lower case.
std::string plain(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (std::isspace(static_cast<unsigned char>(c)) == 0) {
      result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return result;
}

}  // namespace

Result<LayerKinds> parse_layer_kinds(std::string_view text) {
  LayerKinds kinds;
  auto rest = plain(text);
  while (!rest.empty()) {
    const auto comma = std::min(rest.find(','), rest.size());
    const auto name = rest.substr(0, comma);
    rest.erase(0, comma + 1);
    if (name == "conv2d") {
      kinds.convolutions = true;
    } else if (name == "dense") {
      kinds.dense_layers = true;
    } else {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("\"{}\" is no kind of layer to regularise; use Conv2D, Dense or both "
                              "with a comma",
                              name));
    }
  }
  return kinds;
}

}  // namespace athanor::catalog
