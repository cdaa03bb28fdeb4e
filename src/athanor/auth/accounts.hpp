#pragma once

#include <string>

#include "athanor/auth/api_key.hpp"
#include "athanor/core/error.hpp"
#include "athanor/store/store.hpp"

/// Users and their keys, as those who run the server keep them.
namespace athanor::auth {

/// A key that was just made: the only time that its text is known.
struct NewKey {
  store::UserRecord user;
  ApiKey key;
};

/// Errors: invalid_argument for a name that is none, conflict for one that is taken.
[[nodiscard]] Result<NewKey> add_user(store::UserRepository& users,
                                      const std::string& name,
                                      bool is_admin = false);

/// One more key for a user; not_found without that user.
[[nodiscard]] Result<NewKey> add_key(store::UserRepository& users, const std::string& name);

}  // namespace athanor::auth
