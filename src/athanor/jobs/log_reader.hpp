#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "athanor/core/error.hpp"

namespace athanor::jobs {

/// Some lines of a growing log.
struct LogPiece {
  std::string text;        ///< Whole lines with their ends; else a part of one that is too long.
  std::uint64_t size = 0;  ///< Of the whole log at this moment; 0 when there is none.
};

/// Lines from `offset` on, up to `max_bytes` of them. A line that is not finished yet is left out,
/// unless `max_bytes` cannot hold it: then it comes in parts, which split no UTF-8 character.
/// A log that is missing reads as empty. Blocks.
[[nodiscard]] Result<LogPiece> read_log(const std::filesystem::path& file,
                                        std::uint64_t offset,
                                        std::size_t max_bytes);

/// Bytes from `offset` on into `buffer`, however lines lie; 0 at the end. Blocks.
[[nodiscard]] Result<std::size_t> read_bytes(const std::filesystem::path& file,
                                             std::uint64_t offset,
                                             std::span<char> buffer);

/// Where the last `lines` lines begin; an unfinished one counts. Memory stays flat. Blocks.
[[nodiscard]] Result<std::uint64_t> offset_of_last_lines(const std::filesystem::path& file,
                                                         std::uint64_t lines);

}  // namespace athanor::jobs
