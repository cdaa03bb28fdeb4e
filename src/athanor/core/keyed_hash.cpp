#include "athanor/core/keyed_hash.hpp"

#include <array>
#include <bit>
#include <sodium.h>

namespace athanor {

namespace {

using HashKey = std::array<unsigned char, crypto_shorthash_KEYBYTES>;

HashKey make_hash_key() {
  HashKey key{};
  crypto_shorthash_keygen(key.data());
  return key;
}

}  // namespace

std::uint64_t keyed_hash(std::string_view text) {
  static const HashKey key = make_hash_key();
  std::array<unsigned char, crypto_shorthash_BYTES> hash{};
  crypto_shorthash(
      hash.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size(), key.data());
  return std::bit_cast<std::uint64_t>(hash);
}

}  // namespace athanor
