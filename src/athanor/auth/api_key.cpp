#include "athanor/auth/api_key.hpp"

#include <algorithm>
#include <array>
#include <sodium.h>

#include <fmt/format.h>

#include "athanor/auth/base64.hpp"
#include "athanor/core/limits.hpp"

namespace athanor::auth {

namespace {

constexpr std::string_view prefix = "ath_";
constexpr std::size_t id_bytes = 8;
constexpr std::size_t secret_bytes = 32;
constexpr std::size_t id_digits = 2 * id_bytes;
constexpr std::size_t secret_characters = 43;  // 32 bytes in base64 without padding.
/// The key is 256 random bits, which nobody guesses: the costs (those that OWASP gives for
/// Argon2id) guard against a later weakness, not against a dictionary.
constexpr unsigned long long hash_passes = 2;

template <std::size_t bytes>
std::string random_bytes() {
  std::string drawn(bytes, '\0');
  randombytes_buf(drawn.data(), drawn.size());
  return drawn;
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

}  // namespace

ApiKey ApiKey::random() {
  std::string id;
  for (const char byte : random_bytes<id_bytes>()) {
    id += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  auto text = fmt::format("{}{}_{}", prefix, id, to_base64url(random_bytes<secret_bytes>()));
  return {std::move(id), Secret(std::move(text))};
}

std::optional<ApiKey> ApiKey::parse(std::string_view text) {
  constexpr std::size_t size = prefix.size() + id_digits + 1 + secret_characters;
  if (text.size() != size || !text.starts_with(prefix) || text[prefix.size() + id_digits] != '_') {
    return std::nullopt;
  }
  const auto id = text.substr(prefix.size(), id_digits);
  const auto secret = from_base64url(text.substr(size - secret_characters));
  if (!std::all_of(id.begin(), id.end(), is_hex) || !secret || secret->size() != secret_bytes) {
    return std::nullopt;
  }
  return ApiKey{std::string(id), Secret(std::string(text))};
}

Result<std::string> hash_of(const ApiKey& key) {
  const std::string& text = key.text.expose();
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (sodium_init() < 0 || crypto_pwhash_str_alg(hash.data(),
                                                 text.data(),
                                                 text.size(),
                                                 hash_passes,
                                                 limits::login_hash_bytes,
                                                 crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return fail(ErrorCode::unavailable, "there is not enough memory to hash a key; try again");
  }
  return std::string(hash.data());
}

bool matches(const ApiKey& key, const std::string& hash) {
  const std::string& text = key.text.expose();
  return sodium_init() >= 0 &&
         crypto_pwhash_str_verify(hash.c_str(), text.data(), text.size()) == 0;
}

}  // namespace athanor::auth
