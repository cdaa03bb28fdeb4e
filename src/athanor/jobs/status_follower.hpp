#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "athanor/jobs/file_watch.hpp"
#include "athanor/jobs/status_reader.hpp"

namespace athanor::jobs {

/// Follows a job's status log while its worker writes it. Used from one executor.
class StatusFollower {
 public:
  /// `directory` is the job's; the log may come later. Where the system has no watch to give,
  /// a warning says so and all lines are left to rest().
  StatusFollower(const std::filesystem::path& directory, const IoExecutor& executor);

  /// The lines since the last call, as soon as there is one; all that came meanwhile at once.
  /// Empty once closed.
  Awaitable<std::vector<contract::StatusLine>> next();

  /// Lines since the last call, without waiting.
  [[nodiscard]] std::vector<contract::StatusLine> rest() { return reader_.read(); }

  /// Ends next(). What is unread by then is left to rest().
  void close();

 private:
  std::unique_ptr<FileWatch> watch_;
  StatusReader reader_;
  bool closed_ = false;
};

}  // namespace athanor::jobs
