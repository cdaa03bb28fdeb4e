#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "athanor/core/error.hpp"

namespace athanor::backup {

/// Name of the last member of an archive.
inline constexpr const char* manifest_name = "MANIFEST";

struct FileDigest {
  std::uint64_t size = 0;
  std::string blake2b;  ///< 64 hexadecimal digits.

  bool operator==(const FileDigest&) const = default;
};

/// Every file of an archive by name.
using Manifest = std::map<std::string, FileDigest>;

/// A line "athanor-backup 1", then "DIGEST SIZE NAME" each.
[[nodiscard]] std::string to_text(const Manifest& manifest);

/// Errors name the line.
[[nodiscard]] Result<Manifest> parse_manifest(std::string_view text);

/// What differs between what a manifest promises and what was found; empty when nothing does.
[[nodiscard]] std::string difference(const Manifest& promised, const Manifest& found);

}  // namespace athanor::backup
