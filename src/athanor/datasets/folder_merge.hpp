#pragma once

#include <filesystem>

#include "athanor/core/error.hpp"

namespace athanor::datasets {

/// Moves the entries of `from` into `to`; folders in both are merged. Two files of one name are
/// invalid_argument. Throws filesystem_error when the disk fails.
[[nodiscard]] Status move_merging(const std::filesystem::path& from,
                                  const std::filesystem::path& to);

/// Adds the files of `from` that `to` lacks, as hard links: no bytes are copied. Where one has a
/// file and the other a folder, `to` wins. Names that look the same in both (name_check.hpp) are
/// invalid_argument. Throws filesystem_error when the disk fails.
[[nodiscard]] Status link_missing(const std::filesystem::path& from,
                                  const std::filesystem::path& to);

}  // namespace athanor::datasets
