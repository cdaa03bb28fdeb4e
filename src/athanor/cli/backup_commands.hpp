#pragma once

#include <filesystem>

#include "athanor/cli/exit_code.hpp"

namespace athanor::cli {

struct BackupOptions {
  std::filesystem::path data_folder;
  std::filesystem::path file;
};

struct RestoreOptions {
  std::filesystem::path data_folder;
  std::filesystem::path file;
  bool force = false;
};

/// These work on the folder itself, not through a server.
[[nodiscard]] Result<ExitCode> backup(const BackupOptions& options);
[[nodiscard]] Result<ExitCode> restore(const RestoreOptions& options);

}  // namespace athanor::cli
