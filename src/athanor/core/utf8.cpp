#include "athanor/core/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace athanor {

namespace {

struct Bounds {
  unsigned char least;
  unsigned char most;

  [[nodiscard]] bool holds(char c) const {
    const auto byte = static_cast<unsigned char>(c);
    return least <= byte && byte <= most;
  }
};

/// A row of the table: how the characters of some range are written. What follows the second byte
/// is any continuation.
struct Form {
  Bounds first;
  Bounds second;
  std::size_t bytes;
};

constexpr Bounds continuation{0x80, 0xBF};

constexpr std::array forms{
    Form{{0x00, 0x7F}, {}, 1},
    Form{{0xC2, 0xDF}, continuation, 2},
    Form{{0xE0, 0xE0}, {0xA0, 0xBF}, 3},  // Lower ones fit into two bytes.
    Form{{0xE1, 0xEC}, continuation, 3},
    Form{{0xED, 0xED}, {0x80, 0x9F}, 3},  // Higher ones are surrogates.
    Form{{0xEE, 0xEF}, continuation, 3},
    Form{{0xF0, 0xF0}, {0x90, 0xBF}, 4},  // Lower ones fit into three bytes.
    Form{{0xF1, 0xF3}, continuation, 4},
    Form{{0xF4, 0xF4}, {0x80, 0x8F}, 4},  // Higher ones are beyond U+10FFFF.
};

/// How many bytes the character has that the text begins with; 0 where it begins with none.
std::size_t bytes_of_first(std::string_view text) {
  const auto form = std::ranges::find_if(
      forms, [first = text.front()](const Form& each) { return each.first.holds(first); });
  if (form == forms.end() || form->bytes > text.size()) {
    return 0;
  }
  for (std::size_t i = 1; i < form->bytes; ++i) {
    const auto& allowed = i == 1 ? form->second : continuation;
    if (!allowed.holds(text[i])) {
      return 0;
    }
  }
  return form->bytes;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto bytes = bytes_of_first(text);
    if (bytes == 0) {
      return false;
    }
    text.remove_prefix(bytes);
  }
  return true;
}

}  // namespace athanor
