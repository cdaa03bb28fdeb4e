#include "athanor/auth/base64url.hpp"

#include <sodium.h>
#include <utility>

namespace athanor::auth {

namespace {

constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

}  // namespace

std::string to_base64url(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(text.data(),
                    text.size(),
                    reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(),
                    variant);
  text.pop_back();  // The terminating NUL.
  return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
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
  // The library takes some bytes outside ASCII for digits.
  return to_base64url(bytes) == text ? std::optional(std::move(bytes)) : std::nullopt;
}

}  // namespace athanor::auth
