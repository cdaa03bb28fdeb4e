#include "athanor/core/digest.hpp"

#include <array>
#include <sodium.h>

namespace athanor {

namespace {

constexpr std::size_t digest_bytes = 32;

}  // namespace

/// The library wants its state aligned, which `new` of this type sees to.
struct Digest::State {
  crypto_generichash_state hash;
};

Digest::Digest() : state_(std::make_unique<State>()) {
  crypto_generichash_init(&state_->hash, nullptr, 0, digest_bytes);
}

Digest::~Digest() = default;

void Digest::add(std::string_view bytes) {
  crypto_generichash_update(
      &state_->hash, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

std::string Digest::hex() {
  std::array<unsigned char, digest_bytes> digest;
  crypto_generichash_final(&state_->hash, digest.data(), digest.size());
  std::array<char, 2 * digest_bytes + 1> text;
  sodium_bin2hex(text.data(), text.size(), digest.data(), digest.size());
  return text.data();
}

std::string digest(std::string_view text) {
  Digest digest;
  digest.add(text);
  return digest.hex();
}

}  // namespace athanor
