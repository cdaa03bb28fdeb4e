#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include "athanor/async/awaitable.hpp"
#include "athanor/async/blocking_pool.hpp"
#include "athanor/auth/key_leases.hpp"
#include "athanor/auth/throttle.hpp"
#include "athanor/auth/token.hpp"
#include "athanor/core/error.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/core/secret.hpp"
#include "athanor/store/store.hpp"

namespace athanor::auth {

enum class Mode {
  none,  ///< Anyone is anyone; logins answer every key. For loopback alone.
  keys,  ///< Users have API keys.
};

struct Login {
  enum class Outcome { granted, refused, put_off };
  Outcome outcome = Outcome::refused;
  Uuid user = {};                       ///< When granted.
  std::string token = {};               ///< When granted.
  std::chrono::seconds retry_after{0};  ///< When put off.
};

/// Trades API keys for tokens and tells whose a token is. Used from any number of coroutines.
class Authority {
 public:
  struct Options {
    Mode mode = Mode::keys;
    std::chrono::seconds token_lifetime = limits::token_lifetime;
  };

  /// Waits for the database on `pool`, and for Argon2id, which takes much memory, on a thread of
  /// its own: one login after the other, whatever arrives.
  Authority(Options options, TokenSigner signer, store::UserRepository& users, BlockingPool& pool);

  [[nodiscard]] Mode mode() const { return options_.mode; }

  /// `peer` is the client's address. Errors: io when the database fails.
  Awaitable<Result<Login>> log_in(Secret<std::string> key, std::string peer);

  /// The user of an Authorization header ("Bearer <token>"), or nullopt. Errors: io when the
  /// database fails.
  Awaitable<Result<std::optional<Uuid>>> user_of(std::string authorization);

 private:
  [[nodiscard]] Login grant(Uuid user, std::string key_id) const;
  [[nodiscard]] Result<Login> try_key(const std::string& text, const std::string& peer);

  Options options_;
  TokenSigner signer_;
  store::UserRepository& users_;
  BlockingPool& pool_;
  KeyLeases leases_;
  Throttle peers_{limits::login_failures_per_peer};
  Throttle key_ids_{limits::login_failures_per_key};
  std::atomic<std::size_t> logins_ = 0;
  BlockingPool hashing_{1};  // Last: joined first, while what it uses is still there.
};

}  // namespace athanor::auth
