#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "athanor/core/error.hpp"
#include "athanor/core/secret.hpp"

namespace athanor::auth {

/// What a person logs in with: "ath_<id>_<secret>". The id is no secret; it finds the one stored
/// hash to compare with, so that a login costs one Argon2id whatever the number of keys.
struct ApiKey {
  std::string id;            ///< 16 hexadecimal digits.
  Secret<std::string> text;  ///< All of it; 256 random bits behind the id.

  [[nodiscard]] static ApiKey random();

  /// nullopt when the text does not have this form.
  [[nodiscard]] static std::optional<ApiKey> parse(std::string_view text);
};

/// Argon2id with its salt and costs, for the database. Takes limits::login_hash_bytes of memory
/// and tens of milliseconds; unavailable when there is no such memory.
[[nodiscard]] Result<std::string> hash_of(const ApiKey& key);

/// Whether the hash is this key's; as costly as making it, and in constant time.
[[nodiscard]] bool matches(const ApiKey& key, const std::string& hash);

}  // namespace athanor::auth
