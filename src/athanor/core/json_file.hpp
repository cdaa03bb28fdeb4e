#pragma once

#include <cstdint>
#include <filesystem>

#include "athanor/core/error.hpp"
#include "athanor/core/json.hpp"

namespace athanor {

/// The value in a file, read as read_file() and parse_json() do; errors name the file.
[[nodiscard]] Result<Json> read_json_file(const std::filesystem::path& path,
                                          std::uint64_t max_bytes = 1ULL << 32);

/// Writes the value for people to read, as write_file_atomic() does.
[[nodiscard]] Status write_json_file(const std::filesystem::path& path, const Json& value);

}  // namespace athanor
