#include "athanor/core/disk_room.hpp"

#include <algorithm>
#include <cerrno>
#include <sys/statvfs.h>

#include <fmt/format.h>

#include "athanor/core/files.hpp"
#include "athanor/core/limits.hpp"

namespace athanor {

namespace {

double mebibytes(std::uint64_t bytes) {
  return static_cast<double>(bytes) / static_cast<double>(limits::mib);
}

}  // namespace

Result<DiskSpace> disk_space(const std::filesystem::path& path) {
  struct statvfs space {};

  if (::statvfs(path.c_str(), &space) != 0) {
    return fail(system_error("cannot ask the disk for its room", errno));
  }
  const std::uint64_t block = space.f_frsize;
  return DiskSpace{.available = space.f_bavail * block,
                   .total = space.f_blocks * block,
                   .files_available = space.f_favail,
                   .files_total = space.f_files};
}

std::uint64_t disk_reserve(std::uint64_t total) {
  return std::min<std::uint64_t>(limits::disk_reserve_bytes, total / limits::disk_reserve_part);
}

Status DiskRoom::take(std::uint64_t bytes) {
  if (bytes <= granted_) {
    granted_ -= bytes;
    return {};
  }
  ATHANOR_TRY(const DiskSpace space, read_(folder_));
  const std::uint64_t reserve = disk_reserve(space.total);
  if (space.available < reserve || space.available - reserve < bytes) {
    return fail(ErrorCode::unavailable,
                fmt::format("the disk has no room for it: {:.1f} MiB are free, of which {:.1f} MiB "
                            "are kept for all else; free some space, then try again",
                            mebibytes(space.available),
                            mebibytes(reserve)));
  }
  if (space.files_available < space.files_total / limits::disk_files_part) {
    return fail(ErrorCode::unavailable,
                fmt::format("the disk has no room for more files: {} of {} are left; remove some "
                            "to free space, then try again",
                            space.files_available,
                            space.files_total));
  }
  const std::uint64_t left = space.available - reserve - bytes;
  granted_ = std::min<std::uint64_t>(limits::disk_check_bytes, left / limits::uploads_at_once);
  return {};
}

}  // namespace athanor
