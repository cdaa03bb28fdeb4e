#pragma once

#include <cstdint>
#include <filesystem>

#include "athanor/core/error.hpp"
#include "athanor/core/files.hpp"

namespace athanor::tensor {

/// Opens a file for reading; a missing one is not_found.
[[nodiscard]] Result<UniqueFd> open_to_read(const std::filesystem::path& path);

/// The size of an open regular file.
[[nodiscard]] Result<std::uint64_t> bytes_in(int fd);

/// `count` bytes from `offset` on; an error where the file has fewer.
[[nodiscard]] Status read_exactly(int fd, void* target, std::uint64_t count, std::uint64_t offset);

}  // namespace athanor::tensor
