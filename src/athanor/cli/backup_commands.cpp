#include "athanor/cli/backup_commands.hpp"

#include <fmt/format.h>

#include "athanor/backup/backup.hpp"
#include "athanor/cli/output.hpp"
#include "athanor/cli/progress.hpp"

namespace athanor::cli {

namespace {

std::string size_of(const athanor::backup::Summary& summary) {
  return fmt::format(
      "{} files, {}", summary.files, format_bytes(static_cast<double>(summary.bytes)));
}

}  // namespace

Result<ExitCode> backup(const BackupOptions& options) {
  ATHANOR_TRY(const auto summary, athanor::backup::back_up(options.data_folder, options.file));
  print_note(fmt::format("{} is saved in {}: {}",
                         options.data_folder.string(),
                         options.file.string(),
                         size_of(summary)));
  return ExitCode::ok;
}

Result<ExitCode> restore(const RestoreOptions& options) {
  ATHANOR_TRY(const auto summary,
              athanor::backup::restore(options.file, options.data_folder, options.force));
  print_note(
      fmt::format("{} is as it was saved: {}", options.data_folder.string(), size_of(summary)));
  return ExitCode::ok;
}

}  // namespace athanor::cli
