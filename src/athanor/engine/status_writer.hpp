#pragma once

#include <filesystem>

#include "athanor/contract/status_line.hpp"
#include "athanor/core/files.hpp"

namespace athanor::engine {

/// Appends lines to a job's status.json. Each line is one write, so that a reader never sees half
/// of one. The line SUCCESS follows a sync of the file system, once a job: libraries that write
/// pictures and tables leave theirs to the system. Throws std::runtime_error where the file cannot
/// be opened or written, or the results cannot be synced.
class StatusWriter {
 public:
  explicit StatusWriter(const std::filesystem::path& path);

  /// Stamps the line with the present time and appends it.
  void write(contract::StatusLine line);

 private:
  UniqueFd file_;
};

}  // namespace athanor::engine
