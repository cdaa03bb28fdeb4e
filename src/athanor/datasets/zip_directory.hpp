#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "athanor/core/error.hpp"

namespace athanor::datasets {

/// Reads the central directory of a zip, which alone tells links and devices from files: a zip is
/// read from front to back, and its members' own headers do not say. `bytes` begins at or before
/// the directory. invalid_argument, naming the member, on a link or special file, or when the
/// directory is cut short.
[[nodiscard]] Status check_zip_directory(
    const std::function<Result<std::size_t>(std::span<char> buffer)>& bytes);

}  // namespace athanor::datasets
