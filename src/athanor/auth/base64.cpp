#include "athanor/auth/base64.hpp"

#include <algorithm>
#include <sodium.h>
#include <utility>

namespace athanor::auth {

namespace {

constexpr int url_variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

/// The library takes some bytes outside ASCII for digits.
std::optional<std::string> decoded(std::string_view text, int variant) {
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()),
                        bytes.size(),
                        text.data(),
                        text.size(),
                        nullptr,
                        &size,
                        nullptr,
                        variant) != 0) {
    return std::nullopt;
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace

std::optional<std::string> from_base64(std::string_view text) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  return std::ranges::all_of(text, is_ascii) ? decoded(text, sodium_base64_VARIANT_ORIGINAL)
                                             : std::nullopt;
}

std::string to_base64url(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), url_variant), '\0');
  sodium_bin2base64(text.data(),
                    text.size(),
                    reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(),
                    url_variant);
  text.pop_back();  // The terminating NUL.
  return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
  auto bytes = decoded(text, url_variant);
  return bytes && to_base64url(*bytes) == text ? std::move(bytes) : std::nullopt;
}

}  // namespace athanor::auth
