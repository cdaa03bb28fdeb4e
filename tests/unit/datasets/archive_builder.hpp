#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "athanor/datasets/archive_reader.hpp"

struct archive;

namespace athanor::datasets {

/// Makes archives in memory, the ill-formed ones that no packing tool makes included.
class ArchiveBuilder {
 public:
  /// `format` is "tar" (pax), "gnutar" or "zip"; `filter` is "", "gz", "bz2", "xz" or "zst".
  explicit ArchiveBuilder(std::string_view format = "tar", std::string_view filter = "");
  ~ArchiveBuilder();

  ArchiveBuilder& file(const std::string& name, std::string_view content = "content");
  ArchiveBuilder& folder(const std::string& name);
  ArchiveBuilder& symbolic_link(const std::string& name, const std::string& target);
  ArchiveBuilder& hard_link(const std::string& name, const std::string& target);

  /// A file of `size` bytes that is a hole but for `content` at its end.
  ArchiveBuilder& sparse_file(const std::string& name, std::string_view content, std::int64_t size);

  /// `type` is one of libarchive's AE_IF...: a device, a named pipe.
  ArchiveBuilder& special(const std::string& name, unsigned type);

  [[nodiscard]] std::string bytes();

 private:
  struct Member;
  ArchiveBuilder& add(const Member& member);

  Utf8Locale locale_;
  std::string bytes_;
  archive* writer_;
};

/// One member of a tar as its raw header and content, for what no library writes; `type` is the
/// header's flag ('0' a file, 'x' a pax header, 'S' an old GNU sparse file).
[[nodiscard]] std::string tar_member(std::string_view name, char type, std::string_view content);

/// The blocks that end a tar.
[[nodiscard]] std::string tar_end();

/// One record of a pax header: "25 path=images/a.jpg\n".
[[nodiscard]] std::string pax_record(const std::string& key, const std::string& value);

/// One gzip file.
[[nodiscard]] std::string gzip(const std::string& content);

/// Hands out `bytes` in pieces of at most `piece` bytes.
[[nodiscard]] ByteSource source_of(std::string bytes, std::size_t piece = 1 << 16);

/// Writes a file below a folder, making the folders on the way.
void put_file(const std::filesystem::path& path, std::string_view content = "content");

/// "a.txt b/ b/c.txt": all entries below a folder, sorted.
[[nodiscard]] std::string tree_of(const std::filesystem::path& folder);

}  // namespace athanor::datasets
