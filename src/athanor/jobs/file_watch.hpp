#pragma once

#include <filesystem>
#include <memory>

#include "athanor/async/readiness.hpp"
#include "athanor/core/error.hpp"

namespace athanor::jobs {

/// Waits for changes of one file (inotify). Neither it nor its folder need exist yet, but the
/// folder's parent does. Used from one executor.
class FileWatch {
 public:
  [[nodiscard]] static Result<std::unique_ptr<FileWatch>> open(std::filesystem::path file,
                                                               const IoExecutor& executor);

  /// True when the file was created or changed since the last call, now and then once too often;
  /// false once closed. One waiter.
  Awaitable<bool> changed();

  void close() { readiness_.close(); }

 private:
  FileWatch(std::filesystem::path file, UniqueFd inotify, const IoExecutor& executor)
      : file_(std::move(file)), readiness_(std::move(inotify), executor) {}

  [[nodiscard]] Status watch_folder();
  void watch_file();
  void drain_events();

  std::filesystem::path file_;
  int parent_watch_ = -1;  ///< On the folder's parent, while the folder is missing.
  Readiness readiness_;
};

}  // namespace athanor::jobs
