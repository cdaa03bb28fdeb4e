#pragma once

#include <cstdint>
#include <filesystem>
#include <utility>

#include "athanor/core/error.hpp"

namespace athanor {

/// What is left of a file system for this process.
struct DiskSpace {
  std::uint64_t available = 0;  ///< Bytes.
  std::uint64_t total = 0;
  std::uint64_t files_available = 0;
  std::uint64_t files_total = 0;  ///< 0 where the file system has no fixed number of files.
};

[[nodiscard]] Result<DiskSpace> disk_space(const std::filesystem::path& path);

/// Bytes that uploads leave on a file system of this size, for records, logs and running jobs.
[[nodiscard]] std::uint64_t disk_reserve(std::uint64_t total);

/// Lets one writer fill a disk up to the reserve and no further. It asks the system now and then,
/// more often the less is left, so that writers side by side keep to it too.
class DiskRoom {
 public:
  using Reader = Result<DiskSpace> (*)(const std::filesystem::path&);

  /// On the disk of `folder`, which is there.
  explicit DiskRoom(std::filesystem::path folder, Reader read = disk_space)
      : folder_(std::move(folder)), read_(read) {}

  /// Before so many bytes are written: unavailable when they would touch the reserve, or the files
  /// are nearly used up.
  [[nodiscard]] Status take(std::uint64_t bytes);

 private:
  std::filesystem::path folder_;
  Reader read_;
  std::uint64_t granted_ = 0;  ///< May be written without asking.
};

}  // namespace athanor
