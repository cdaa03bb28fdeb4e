#pragma once

#include <chrono>
#include <filesystem>

#include "athanor/core/error.hpp"
#include "athanor/core/files.hpp"

namespace athanor {

/// A folder that one process has for itself, for as long as this object lives; a process that is
/// killed loses it with its last descriptor. The lock is on the folder itself (flock), so that
/// nothing lies in it; children do not inherit it once they run a program.
class FolderLock {
 public:
  /// Holds nothing.
  FolderLock() = default;

  /// conflict when another process still has the folder after `patience`.
  [[nodiscard]] static Result<FolderLock> take(
      const std::filesystem::path& folder,
      std::chrono::milliseconds patience = std::chrono::milliseconds::zero());

  [[nodiscard]] bool is_held() const { return fd_.valid(); }

 private:
  explicit FolderLock(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

}  // namespace athanor
