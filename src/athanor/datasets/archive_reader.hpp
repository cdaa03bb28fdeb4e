#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "athanor/core/error.hpp"
#include "athanor/datasets/utf8_locale.hpp"

namespace athanor::datasets {

/// Pulls the archive's bytes: fills a part of the buffer, 0 is the end. May block.
using ByteSource = std::function<Result<std::size_t>(std::span<char> buffer)>;

/// One member of an archive; only files and folders are let through.
struct ArchiveMember {
  std::string name;  ///< As it stands in the archive.
  bool is_folder = false;
};

/// Reads tar (plain, gz, bz2, xz, zst) or zip from a stream, one member after the other.
/// Lives on one thread.
class ArchiveReader {
 public:
  explicit ArchiveReader(ByteSource source);
  ~ArchiveReader();

  /// The next member, or nullopt at the end. invalid_argument: corrupt or cut short, or a link,
  /// device or other special file.
  [[nodiscard]] Result<std::optional<ArchiveMember>> next();

  /// The next part of the present member's content, valid until the next call; empty at its end.
  /// The holes of a sparse file are zeros.
  [[nodiscard]] Result<std::string_view> read();

  /// Reads what follows the archive, so that checksums at the end are verified.
  [[nodiscard]] Status finish();

  /// Bytes taken from the source so far.
  [[nodiscard]] std::uint64_t packed_bytes() const;

 private:
  struct Implementation;

  Utf8Locale locale_;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace athanor::datasets
