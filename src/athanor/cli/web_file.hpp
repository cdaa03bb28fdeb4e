#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "athanor/core/error.hpp"

namespace athanor::cli {

/// Files of others, by http or https.
struct WebFile {
  std::string url;
  std::string sha256_prefix;  ///< In lower case; the file must have it.
  std::filesystem::path target;
  std::function<void(std::uint64_t bytes)> on_progress;  ///< All there are, those of before too.
};

/// What is at the target then.
struct WebDownload {
  std::uint64_t bytes = 0;
  bool was_there = false;  ///< Whole already, so that nobody was asked for it.
};

/// Downloads to "<target>.part" and renames what has the right digest. What a broken connection
/// left there is gone on with (Range); a file that turns out to be another is removed. Where there
/// is no way to the address, the error says so.
[[nodiscard]] Result<WebDownload> download_web_file(const WebFile& file);

}  // namespace athanor::cli
