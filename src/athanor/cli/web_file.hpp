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

/// Downloads to "<target>.part" and renames what has the right digest. What a broken connection
/// left there is gone on with (Range); a file that turns out to be another is removed. Where there
/// is no way to the address, the error says so. Its size.
[[nodiscard]] Result<std::uint64_t> download_web_file(const WebFile& file);

}  // namespace athanor::cli
