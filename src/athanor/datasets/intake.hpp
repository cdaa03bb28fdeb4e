#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "athanor/core/error.hpp"

namespace athanor::datasets {

/// Pulls the archive's bytes: fills a part of the buffer, 0 is the end. May block.
using ByteSource = std::function<Result<std::size_t>(std::span<char> buffer)>;

struct IntakeSummary {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;  ///< Unpacked.
};

/// Unpacks tar (plain, gz, bz2, xz, zst) or zip from a stream into the empty folder `staging`:
/// flat memory, no copy of the archive. The whole upload is refused (invalid_argument, too_large)
/// on links, devices, absolute or `..` names, duplicate names, bombs, truncated or corrupt
/// streams. Leading folders are stripped so that `images*` (or `image/`, `wavs/`, ...) lies at
/// the root, as clients expect. One syncfs at the end; the caller renames the folder into place.
[[nodiscard]] Result<IntakeSummary> unpack(ByteSource source, const std::filesystem::path& staging);

/// Checks that an unpacked dataset has the layout of its type and format (contract 3.2) and, for
/// classification, that no class folder is empty. The error names what is missing and the mend.
[[nodiscard]] Status check_layout(const std::filesystem::path& root, const std::string& type,
                                  const std::string& format);

/// The classes of a labelled classification dataset, sorted; empty for other types.
[[nodiscard]] Result<std::vector<std::string>> class_names(const std::filesystem::path& root,
                                                           const std::string& type,
                                                           const std::string& format);

}  // namespace athanor::datasets
