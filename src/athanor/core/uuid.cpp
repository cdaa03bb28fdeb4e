#include "athanor/core/uuid.hpp"

#include <sodium.h>

namespace athanor {

namespace {

std::optional<std::uint8_t> hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return static_cast<std::uint8_t>(c - '0');
  }
  const char lower = static_cast<char>(c | 0x20);
  if (lower >= 'a' && lower <= 'f') {
    return static_cast<std::uint8_t>(lower - 'a' + 10);
  }
  return std::nullopt;
}

void strip(std::string_view& text, std::string_view prefix, std::string_view suffix) {
  if (text.size() >= prefix.size() + suffix.size() && text.starts_with(prefix) &&
      text.ends_with(suffix)) {
    text.remove_prefix(prefix.size());
    text.remove_suffix(suffix.size());
  }
}

}  // namespace

Uuid Uuid::random() {
  Uuid id;
  randombytes_buf(id.bytes_.data(), id.bytes_.size());
  id.bytes_[6] = static_cast<std::uint8_t>((id.bytes_[6] & 0x0f) | 0x40);
  id.bytes_[8] = static_cast<std::uint8_t>((id.bytes_[8] & 0x3f) | 0x80);
  return id;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  strip(text, "{", "}");
  strip(text, "urn:", "");
  strip(text, "uuid:", "");
  strip(text, "{", "}");
  Uuid id;
  std::size_t digits = 0;
  for (const char c : text) {
    if (c == '-') {
      continue;
    }
    const auto value = hex_digit(c);
    if (!value || digits == 32) {
      return std::nullopt;
    }
    auto& byte = id.bytes_[digits / 2];
    byte = static_cast<std::uint8_t>((byte << 4) | *value);
    ++digits;
  }
  return digits == 32 ? std::optional(id) : std::nullopt;
}

std::string Uuid::to_string() const {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text(36, '-');
  std::size_t place = 0;
  for (std::size_t i = 0; i < bytes_.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) {
      ++place;
    }
    text[place++] = digits[bytes_[i] >> 4];
    text[place++] = digits[bytes_[i] & 0x0f];
  }
  return text;
}

}  // namespace athanor
