#include "athanor/cli/user_commands.hpp"

#include <memory>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "athanor/api/data_folder.hpp"
#include "athanor/auth/accounts.hpp"
#include "athanor/cli/output.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/store/store.hpp"

namespace athanor::cli {

namespace {

Result<std::unique_ptr<store::Store>> open_store(const UserCommandOptions& options) {
  ATHANOR_TRY(const auto folder, api::open_data_folder(options.data_folder));
  return store::open_store(api::store_url_of(folder, options.store_url));
}

/// For commands that need what is there: a mistyped folder is not made.
Result<std::unique_ptr<store::Store>> open_existing_store(const UserCommandOptions& options) {
  std::error_code error;
  if (!std::filesystem::is_directory(options.data_folder, error)) {
    return fail(ErrorCode::not_found,
                fmt::format("there is no data folder {}", options.data_folder.string()));
  }
  return open_store(options);
}

ExitCode show_key(const UserCommandOptions& options, const auth::NewKey& made) {
  if (options.json) {
    print_json({{"name", made.user.name},
                {"id", made.user.id.to_string()},
                {"key_id", made.key.id},
                {"api_key", made.key.text.expose()}});
  } else {
    print(made.key.text.expose());
    print_note(fmt::format("{} (user id {}) logs in with this key; it is not shown again",
                           made.user.name,
                           made.user.id.to_string()));
  }
  return ExitCode::ok;
}

/// Servers remember whose a key is for so long.
void wait_for_servers() {
  std::this_thread::sleep_for(limits::key_lease);
}

ExitCode show_removal(const UserCommandOptions& options, const Json& removed, const char* what) {
  wait_for_servers();
  if (options.json) {
    print_json(removed);
  } else {
    print_note(fmt::format("{} {} is removed and opens nothing any more", what, options.subject));
  }
  return ExitCode::ok;
}

Json user_json(const store::UserRecord& user, const std::vector<store::ApiKeyRecord>& keys) {
  Json own = Json::array();
  for (const auto& key : keys) {
    if (key.user_id == user.id) {
      own.push_back({{"id", key.id}, {"created_on", key.created_on}});
    }
  }
  return {{"name", user.name},
          {"id", user.id.to_string()},
          {"created_on", user.created_on},
          {"admin", user.is_admin},
          {"keys", std::move(own)}};
}

std::string user_table(const Json& users) {
  std::vector<std::vector<std::string>> rows{{"name", "id", "created_on", "admin", "keys"}};
  for (const auto& user : users) {
    std::string keys;
    for (const auto& key : user["keys"]) {
      keys += (keys.empty() ? "" : " ") + text_of(key, "id");
    }
    rows.push_back({text_of(user, "name"),
                    text_of(user, "id"),
                    text_of(user, "created_on"),
                    user["admin"].get<bool>() ? "yes" : "-",
                    keys});
  }
  return format_table(rows);
}

}  // namespace

Result<ExitCode> user_add(const UserCommandOptions& options) {
  ATHANOR_TRY(const auto store, open_store(options));
  ATHANOR_TRY(const auto made, auth::add_user(store->users(), options.subject, options.is_admin));
  return show_key(options, made);
}

Result<ExitCode> user_admin(const UserCommandOptions& options) {
  ATHANOR_TRY(const auto store, open_existing_store(options));
  ATHANOR_TRY(const auto user, store->users().set_admin(options.subject, options.is_admin));
  if (options.json) {
    print_json({{"name", user.name}, {"id", user.id.to_string()}, {"admin", user.is_admin}});
  } else {
    print_note(
        fmt::format("{} is {} administrator", user.name, user.is_admin ? "an" : "no longer an"));
  }
  return ExitCode::ok;
}

Result<ExitCode> user_new_key(const UserCommandOptions& options) {
  ATHANOR_TRY(const auto store, open_existing_store(options));
  ATHANOR_TRY(const auto made, auth::add_key(store->users(), options.subject));
  return show_key(options, made);
}

Result<ExitCode> user_list(const UserCommandOptions& options) {
  ATHANOR_TRY(const auto store, open_existing_store(options));
  ATHANOR_TRY(const auto users, store->users().list());
  ATHANOR_TRY(const auto keys, store->users().keys());
  Json list = Json::array();
  for (const auto& user : users) {
    list.push_back(user_json(user, keys));
  }
  if (options.json) {
    print_json(list);
  } else {
    fmt::print("{}", user_table(list));
  }
  return ExitCode::ok;
}

Result<ExitCode> user_remove(const UserCommandOptions& options) {
  ATHANOR_TRY(const auto store, open_existing_store(options));
  ATHANOR_TRY(const auto user, store->users().remove(options.subject));
  return show_removal(options, {{"name", user.name}, {"id", user.id.to_string()}}, "user");
}

Result<ExitCode> user_revoke_key(const UserCommandOptions& options) {
  ATHANOR_TRY(const auto store, open_existing_store(options));
  ATHANOR_TRY(const auto key, store->users().remove_key(options.subject));
  return show_removal(options, {{"key_id", key.id}, {"user_id", key.user_id.to_string()}}, "key");
}

}  // namespace athanor::cli
