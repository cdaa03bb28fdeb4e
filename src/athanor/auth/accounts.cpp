#include "athanor/auth/accounts.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "athanor/auth/user_id.hpp"
#include "athanor/core/clock.hpp"

namespace athanor::auth {

namespace {

constexpr std::size_t longest_name = 64;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("._-@").find(c) != std::string_view::npos;
}

Status check_name(const std::string& name) {
  if (name.empty() || name.size() > longest_name || name.front() == '-' ||
      !std::all_of(name.begin(), name.end(), is_name_character)) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("a user's name is 1 to {} letters, digits and . _ - @, and does not "
                            "begin with -",
                            longest_name));
  }
  return {};
}

Result<store::ApiKeyRecord> record_of(const ApiKey& key, Uuid user) {
  ATHANOR_TRY(auto hash, hash_of(key));
  return store::ApiKeyRecord{
      .id = key.id, .user_id = user, .created_on = now_iso(), .hash = std::move(hash)};
}

}  // namespace

Result<NewKey> add_user(store::UserRepository& users, const std::string& name, bool is_admin) {
  ATHANOR_CHECK_OK(check_name(name));
  NewKey made{{.id = user_id_of(name), .name = name, .created_on = now_iso(), .is_admin = is_admin},
              ApiKey::random()};
  ATHANOR_TRY(const auto record, record_of(made.key, made.user.id));
  ATHANOR_CHECK_OK(users.insert(made.user, record));
  return made;
}

Result<NewKey> add_key(store::UserRepository& users, const std::string& name) {
  ATHANOR_TRY(const auto all, users.list());
  const auto user =
      std::find_if(all.begin(), all.end(), [&name](const auto& each) { return each.name == name; });
  if (user == all.end()) {
    return fail(ErrorCode::not_found, fmt::format("there is no user \"{}\"", name));
  }
  NewKey made{*user, ApiKey::random()};
  ATHANOR_TRY(const auto record, record_of(made.key, made.user.id));
  ATHANOR_CHECK_OK(users.insert_key(record));
  return made;
}

}  // namespace athanor::auth
