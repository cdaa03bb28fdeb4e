#pragma once

#include <filesystem>

#include "athanor/core/error.hpp"

/// Names that nobody could tell apart, or that a file system with another idea of equal names would
/// merge. A file must differ from all else in its folder by more than case and Unicode form,
/// folders from each other by more than their form: "a" and "A" may be classes.
namespace athanor::datasets {

/// Refuses (invalid_argument, with both names) a folder that holds two such names; `root` is left
/// out of the message. Takes up to 16 bytes an entry meanwhile. Throws filesystem_error.
[[nodiscard]] Status check_names_of(const std::filesystem::path& folder,
                                    const std::filesystem::path& root);

/// The same for a folder and all folders below it, one after the other.
[[nodiscard]] Status check_names_below(const std::filesystem::path& root);

}  // namespace athanor::datasets
