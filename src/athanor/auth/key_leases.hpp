#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "athanor/auth/throttle.hpp"
#include "athanor/core/error.hpp"
#include "athanor/core/guarded.hpp"
#include "athanor/core/uuid.hpp"
#include "athanor/store/store.hpp"

namespace athanor::auth {

/// Whose a key is, remembered for limits::key_lease: requests cost a look-up in memory, and a key
/// that is removed, by whatever process, opens nothing once that time has passed. Thread-safe.
class KeyLeases {
 public:
  struct Lease {
    std::optional<Uuid> owner;  ///< None when the key is not there (any more).
    SteadyTime until;
  };

  explicit KeyLeases(store::UserRepository& users) : users_(users) {}

  /// What was found out less than a lease ago; nullopt: ask().
  [[nodiscard]] std::optional<Lease> remembered(const std::string& key_id, SteadyTime now) const;

  /// Asks the database; blocks. The lease counts from `now`, before the question.
  [[nodiscard]] Result<Lease> ask(const std::string& key_id, SteadyTime now);

 private:
  store::UserRepository& users_;
  Guarded<std::unordered_map<std::string, Lease>> leases_;
};

}  // namespace athanor::auth
