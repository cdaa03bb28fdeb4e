#pragma once

#include <cstdint>
#include <filesystem>

#include "athanor/core/disk_room.hpp"
#include "athanor/core/error.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/datasets/archive_reader.hpp"
#include "athanor/datasets/layout.hpp"

namespace athanor::datasets {

struct IntakeSummary {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;  ///< Unpacked.
};

/// How much one archive may hold.
struct IntakeLimits {
  std::uint64_t entries = limits::archive_entries;
  std::uint64_t bytes = limits::archive_bytes;
  std::uint64_t large = limits::large_archive_bytes;  ///< From here on it must be packed less well.
  DiskRoom::Reader disk = disk_space;
};

/// Unpacks tar (plain, gz, bz2, xz, zst) or zip from a stream into the empty folder `staging`: no
/// copy of the archive, and memory stays flat however many members it has, but for the check of
/// names at the end (name_check.hpp). The whole upload is refused (invalid_argument, naming the
/// member) on links, devices, absolute, `..` or impossible names, names that look the same, bombs,
/// truncated or corrupt streams; unavailable before the disk's reserve is touched (disk_room.hpp).
/// The caller removes `staging` then.
///
/// Leading folders are stripped so that `images`, `images_*`, `image`, `wavs`, ... lie at the
/// root: the member where they stand highest decides how many parts all names lose, and members
/// with no more parts than that are dropped (contract 3.1). Nothing is synced; Staging does that.
[[nodiscard]] Result<IntakeSummary> unpack(ByteSource source,
                                           const std::filesystem::path& staging,
                                           const IntakeLimits& bounds = {});

}  // namespace athanor::datasets
