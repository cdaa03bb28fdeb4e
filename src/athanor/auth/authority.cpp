#include "athanor/auth/authority.hpp"

#include <algorithm>

#include "athanor/auth/api_key.hpp"
#include "athanor/auth/user_id.hpp"
#include "athanor/core/log.hpp"

namespace athanor::auth {

namespace {

constexpr std::chrono::seconds queue_retry{1};

std::string_view token_of(std::string_view authorization) {
  constexpr std::string_view scheme = "bearer ";
  const bool is_bearer =
      authorization.size() > scheme.size() &&
      std::equal(scheme.begin(), scheme.end(), authorization.begin(), [](char want, char is) {
        return want == (is | 0x20);
      });
  if (!is_bearer) {
    return {};
  }
  authorization.remove_prefix(
      std::min(authorization.find_first_not_of(' ', scheme.size()), authorization.size()));
  return authorization;
}

/// Counts a login while it is under way.
class Turn {
 public:
  explicit Turn(std::atomic<std::size_t>& count) : count_(count), before_(count_.fetch_add(1)) {}

  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  ~Turn() { count_.fetch_sub(1); }

  [[nodiscard]] bool has_place() const { return before_ < limits::login_queue; }

 private:
  std::atomic<std::size_t>& count_;
  std::size_t before_;
};

}  // namespace

Authority::Authority(Options options,
                     TokenSigner signer,
                     store::UserRepository& users,
                     BlockingPool& pool)
    : options_(options), signer_(std::move(signer)), users_(users), pool_(pool), leases_(users) {}

Awaitable<Result<Login>> Authority::log_in(Secret<std::string> key, std::string peer) {
  if (options_.mode == Mode::none) {
    // The same user for the same key, without the key's own hash in paths and logs.
    co_return grant(user_id_of(signer_.fingerprint(key.expose())), "");
  }
  const Turn turn(logins_);
  if (!turn.has_place()) {
    co_return Login{.outcome = Login::Outcome::put_off, .retry_after = queue_retry};
  }
  co_return co_await hashing_.run([this, &key, &peer] { return try_key(key.expose(), peer); });
}

Result<Login> Authority::try_key(const std::string& text, const std::string& peer) {
  const auto now = std::chrono::steady_clock::now();
  const auto network = network_of(peer);
  const auto key = ApiKey::parse(text);
  // Here and not on arrival: logins run one after the other, so none slips in beside another.
  const auto wait = std::max(peers_.wait_of(network, now),
                             key ? key_ids_.wait_of(key->id, now) : std::chrono::seconds(0));
  if (wait.count() > 0) {
    return Login{.outcome = Login::Outcome::put_off, .retry_after = wait};
  }
  if (key) {
    // Ids are random as well and no secret, so that an unknown one is answered sooner helps nobody,
    // while hashing for it would let anyone keep this thread busy.
    ATHANOR_TRY(const auto record, users_.find_key(key->id));
    if (record && matches(*key, record->hash)) {
      key_ids_.succeeded(key->id);
      return grant(record->user_id, key->id);
    }
    key_ids_.failed(key->id, now);
  }
  peers_.failed(network, now);
  log::warning("auth", "login refused", {{"peer", peer}, {"key_id", key ? key->id : "malformed"}});
  return Login{.outcome = Login::Outcome::refused};
}

Login Authority::grant(Uuid user, std::string key_id) const {
  const auto now = std::chrono::system_clock::now();
  const Claims claims{user, std::move(key_id), now + options_.token_lifetime};
  return {.outcome = Login::Outcome::granted, .user = user, .token = signer_.sign(claims, now)};
}

Awaitable<Result<std::optional<Uuid>>> Authority::user_of(std::string authorization) {
  const auto claims = signer_.verify(token_of(authorization), std::chrono::system_clock::now());
  if (!claims) {
    co_return std::nullopt;
  }
  if (options_.mode == Mode::none) {
    co_return claims->user;
  }
  const auto now = std::chrono::steady_clock::now();
  auto lease = leases_.remembered(claims->key_id, now);
  if (!lease) {
    ATHANOR_CO_TRY(lease, co_await pool_.run([this, &claims, now] {
      return leases_.ask(claims->key_id, now);
    }));
  }
  co_return lease->owner == claims->user ? lease->owner : std::nullopt;
}

}  // namespace athanor::auth
