#include <string>
#include <string_view>

#include "target.hpp"

#include "athanor/auth/api_key.hpp"
#include "athanor/auth/base64.hpp"
#include "athanor/auth/loggable_path.hpp"
#include "athanor/auth/token.hpp"
#include "athanor/core/uuid.hpp"

namespace athanor::fuzz {

namespace {

/// 1970: the token among the seeds has not expired then.
constexpr TimePoint long_ago{};

void read_token(std::string_view text) {
  static const auth::TokenSigner signer{Secret(std::string(32, 'k'))};
  static const auth::TokenSigner other{Secret(std::string(32, 'o'))};
  const auto claims = signer.verify(text, long_ago);
  if (claims) {
    require(!other.verify(text, long_ago), "a token is good for one secret alone");
    require(signer.verify(signer.sign(*claims, long_ago), long_ago).has_value(),
            "what a token says can be signed again");
  }
}

void read_key(std::string_view text) {
  const auto key = auth::ApiKey::parse(text);
  if (key) {
    require(key->text.expose() == text, "a key is kept as it is");
    const auto path = auth::loggable_path("/api/v1/login/" + std::string(text) + "/x");
    require(path.find(text) == std::string::npos, "no key gets into the log");
  }
}

}  // namespace

void credentials(std::string_view input) {
  read_token(input);
  read_key(input);
  if (const auto bytes = auth::from_base64url(input)) {
    require(auth::to_base64url(*bytes) == input, "base64url has one spelling");
  }
  if (const auto id = Uuid::parse(input)) {
    require(Uuid::parse(id->to_string()) == id, "an id is read again as itself");
  }
}

}  // namespace athanor::fuzz
