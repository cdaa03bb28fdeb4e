#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "athanor/core/clock.hpp"
#include "athanor/core/error.hpp"
#include "athanor/core/secret.hpp"
#include "athanor/core/uuid.hpp"

namespace athanor::auth {

/// What a token says.
struct Claims {
  Uuid user;
  std::string key_id;  ///< Of the API key it was given for; empty where none was asked for.
  TimePoint expires;   ///< To the second.
};

/// Makes and checks tokens: JSON Web Tokens signed with HMAC-SHA-256 (RFC 7519, HS256), which any
/// client can read. Immutable, so it needs no lock.
class TokenSigner {
 public:
  /// `secret` has 32 bytes.
  explicit TokenSigner(Secret<std::string> secret) : secret_(std::move(secret)) {}

  [[nodiscard]] std::string sign(const Claims& claims, TimePoint now) const;

  /// nullopt for any token that is not of this secret, has another algorithm or has expired.
  [[nodiscard]] std::optional<Claims> verify(std::string_view token, TimePoint now) const;

  /// A keyed digest that tells nothing about `text` to those without the secret.
  [[nodiscard]] std::string fingerprint(std::string_view text) const;

 private:
  Secret<std::string> secret_;
};

/// The signer of a data folder. Its secret lies in the file token.key (mode 0600), made by the
/// first server: a dump of the database alone forges no tokens, and to remove the file ends all of
/// them at the next start. Errors: io; forbidden when others may read the file.
[[nodiscard]] Result<TokenSigner> open_signer(const std::filesystem::path& data_folder);

}  // namespace athanor::auth
