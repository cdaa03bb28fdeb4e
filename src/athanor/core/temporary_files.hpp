#pragma once

#include <filesystem>

#include "athanor/core/error.hpp"

namespace athanor {

/// What the name of a file has that write_file_atomic() has not finished yet.
inline constexpr const char* temporary_infix = ".tmp-";

/// Removes the temporary files that a writer killed within write_file_atomic() left anywhere below
/// `folder`. For folders that nobody writes to; missing is fine.
[[nodiscard]] Status remove_temporary_files(const std::filesystem::path& folder);

/// The same for the folder alone, not for those in it.
[[nodiscard]] Status remove_temporary_files_directly_in(const std::filesystem::path& folder);

}  // namespace athanor
