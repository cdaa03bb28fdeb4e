#include "athanor/crypto/passphrase.hpp"

#include <map>
#include <sodium.h>
#include <utility>

#include "athanor/core/guarded.hpp"

namespace athanor::crypto {

namespace {

/// Names the use of the keys, so that no other use of the passphrase gives the same ones.
constexpr char context[crypto_kdf_CONTEXTBYTES + 1] = "weights ";
constexpr std::uint64_t stream_key = 1;
constexpr std::uint64_t check_key = 2;

static_assert(sizeof(KeyRecipe::salt) == crypto_pwhash_SALTBYTES);
static_assert(sizeof(DerivedKeys::stream) == crypto_secretstream_xchacha20poly1305_KEYBYTES);
static_assert(sizeof(DerivedKeys::check) == crypto_generichash_KEYBYTES);

Result<SharedKeys> derive(const std::string& text, const KeyRecipe& recipe) {
  std::array<unsigned char, crypto_kdf_KEYBYTES> root{};
  // sodium_init() chooses the quickest code for this processor, for the files too.
  if (sodium_init() < 0 || crypto_pwhash(root.data(),
                                         root.size(),
                                         text.data(),
                                         text.size(),
                                         recipe.salt.data(),
                                         recipe.passes,
                                         std::size_t{recipe.memory_kib} * limits::kib,
                                         crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return fail(ErrorCode::unavailable,
                "there is not enough memory to make a key of the encryption key; try again");
  }
  auto keys = std::make_shared<DerivedKeys>();
  keys->recipe = recipe;
  crypto_kdf_derive_from_key(
      keys->stream.data(), keys->stream.size(), stream_key, context, root.data());
  crypto_kdf_derive_from_key(
      keys->check.data(), keys->check.size(), check_key, context, root.data());
  sodium_memzero(root.data(), root.size());
  return SharedKeys(std::move(keys));
}

struct Cache {
  std::map<KeyRecipe, SharedKeys> made;
  SharedKeys last;
};

Result<SharedKeys> look_up(Cache& cache, const std::string& text, const KeyRecipe& recipe) {
  auto& keys = cache.made[recipe];
  if (!keys) {
    ATHANOR_TRY(keys, derive(text, recipe));
    cache.last = keys;
  }
  return keys;
}

KeyRecipe recipe_to_seal(const Cache& cache) {
  KeyRecipe wanted;
  if (cache.last && cache.last->recipe.passes == wanted.passes &&
      cache.last->recipe.memory_kib == wanted.memory_kib) {
    return cache.last->recipe;
  }
  randombytes_buf(wanted.salt.data(), wanted.salt.size());
  return wanted;
}

}  // namespace

DerivedKeys::~DerivedKeys() {
  sodium_memzero(stream.data(), stream.size());
  sodium_memzero(check.data(), check.size());
}

struct Passphrase::State {
  explicit State(Secret<std::string> given) : text(std::move(given)) {}

  Secret<std::string> text;
  Guarded<Cache> cache;
};

Passphrase::Passphrase(Secret<std::string> text)
    : state_(std::make_shared<State>(std::move(text))) {}

Result<SharedKeys> Passphrase::keys(const KeyRecipe& recipe) const {
  return state_->cache.with(
      [&](Cache& cache) { return look_up(cache, state_->text.expose(), recipe); });
}

Result<SharedKeys> Passphrase::keys_to_seal() const {
  return state_->cache.with(
      [&](Cache& cache) { return look_up(cache, state_->text.expose(), recipe_to_seal(cache)); });
}

}  // namespace athanor::crypto
