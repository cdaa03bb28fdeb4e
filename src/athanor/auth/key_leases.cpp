#include "athanor/auth/key_leases.hpp"

#include "athanor/core/limits.hpp"

namespace athanor::auth {

std::optional<KeyLeases::Lease> KeyLeases::remembered(const std::string& key_id,
                                                      SteadyTime now) const {
  return leases_.with([&](const auto& leases) -> std::optional<Lease> {
    const auto found = leases.find(key_id);
    if (found == leases.end() || found->second.until <= now) {
      return std::nullopt;
    }
    return found->second;
  });
}

Result<KeyLeases::Lease> KeyLeases::ask(const std::string& key_id, SteadyTime now) {
  ATHANOR_TRY(const auto key, users_.find_key(key_id));
  const Lease lease{key ? std::optional(key->user_id) : std::nullopt, now + limits::key_lease};
  leases_.with([&](auto& leases) {
    if (leases.size() >= limits::key_leases) {
      std::erase_if(leases, [now](const auto& entry) { return entry.second.until <= now; });
    }
    if (leases.size() < limits::key_leases) {
      leases.insert_or_assign(key_id, lease);
    }
  });
  return lease;
}

}  // namespace athanor::auth
