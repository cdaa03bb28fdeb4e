#pragma once

#include <filesystem>
#include <string>

#include "athanor/cli/exit_code.hpp"

/// Users and keys, straight in the database: whoever can read the data folder may keep them.
namespace athanor::cli {

struct UserCommandOptions {
  std::filesystem::path data_folder;
  std::string store_url;  ///< Empty: SQLite in the data folder.
  std::string subject;    ///< The user's name or the key's id.
  bool is_admin = false;  ///< Of `add` and `admin`.
  bool json = false;
};

/// Both print the new key on standard output, the only time that it is shown.
[[nodiscard]] Result<ExitCode> user_add(const UserCommandOptions& options);
[[nodiscard]] Result<ExitCode> user_new_key(const UserCommandOptions& options);

[[nodiscard]] Result<ExitCode> user_list(const UserCommandOptions& options);

/// Makes a user an administrator, or no longer one.
[[nodiscard]] Result<ExitCode> user_admin(const UserCommandOptions& options);

/// When these return, no server on this database lets the user or the key in any more.
[[nodiscard]] Result<ExitCode> user_remove(const UserCommandOptions& options);
[[nodiscard]] Result<ExitCode> user_revoke_key(const UserCommandOptions& options);

}  // namespace athanor::cli
