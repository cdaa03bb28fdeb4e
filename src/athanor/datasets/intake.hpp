#pragma once

#include <cstdint>
#include <filesystem>

#include "athanor/core/error.hpp"
#include "athanor/datasets/archive_reader.hpp"
#include "athanor/datasets/layout.hpp"

namespace athanor::datasets {

struct IntakeSummary {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;  ///< Unpacked.
};

/// Unpacks tar (plain, gz, bz2, xz, zst) or zip from a stream into the empty folder `staging`:
/// flat memory but for a few bytes a file, no copy of the archive. The whole upload is refused
/// (invalid_argument, too_large) on links, devices, absolute or `..` names, duplicate names (equal
/// but for case included), bombs, truncated or corrupt streams; the caller removes `staging` then.
///
/// Leading folders are stripped so that `images`, `images_*`, `image`, `wavs`, ... lie at the
/// root: the member where they stand highest decides how many parts all names lose, and members
/// with no more parts than that are dropped (contract 3.1). Nothing is synced; Staging does that.
[[nodiscard]] Result<IntakeSummary> unpack(ByteSource source, const std::filesystem::path& staging);

}  // namespace athanor::datasets
