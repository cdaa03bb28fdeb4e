#include "athanor/datasets/archive_reader.hpp"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <array>
#include <cerrno>
#include <sys/stat.h>
#include <utility>

#include <fmt/format.h>

#include "athanor/core/limits.hpp"
#include "athanor/datasets/checked_source.hpp"
#include "athanor/datasets/member_name.hpp"
#include "athanor/datasets/zip_directory.hpp"

namespace athanor::datasets {

namespace {

constexpr std::size_t tar_block = 512;
constexpr std::size_t kept_bytes = 2 * tar_block;
constexpr std::array<char, 16 * limits::kib> zeros{};

struct FreeReader {
  void operator()(archive* reader) const { archive_read_free(reader); }
};

std::string_view kind_of(archive_entry* entry) {
  if (archive_entry_hardlink(entry) != nullptr) {
    return "a hard link";
  }
  switch (archive_entry_filetype(entry)) {
    case AE_IFLNK:
      return "a symbolic link";
    case AE_IFCHR:
    case AE_IFBLK:
      return "a device";
    case AE_IFIFO:
      return "a named pipe";
    default:
      return "a special file";
  }
}

bool is_plain(archive_entry* entry) {
  const auto type = archive_entry_filetype(entry);
  return archive_entry_hardlink(entry) == nullptr && (type == AE_IFREG || type == AE_IFDIR);
}

}  // namespace

struct ArchiveReader::Implementation {
  explicit Implementation(ByteSource bytes) : source(std::move(bytes)) {}

  CheckedSource source;
  std::array<char, 256 * limits::kib> buffer{};
  std::size_t buffered = 0;
  std::string before;       ///< The last bytes that came before those in `buffer`.
  std::int64_t pulled = 0;  ///< All bytes handed to the library so far.
  std::optional<Error> source_error;
  std::string_view content;         ///< Of the member: what the library gave last.
  std::int64_t content_offset = 0;  ///< Where it belongs in the member.
  std::int64_t offset = 0;          ///< Where the content that was read ends.
  std::unique_ptr<archive, FreeReader> reader{archive_read_new()};

  static la_ssize_t pull(archive* reader, void* self, const void** data) {
    auto& me = *static_cast<Implementation*>(self);
    me.keep_last_bytes();
    auto count = me.source.read(me.buffer);
    if (!count) {
      archive_set_error(reader, EIO, "source");
      me.source_error = count.error();
      return ARCHIVE_FATAL;
    }
    me.buffered = *count;
    me.pulled += static_cast<std::int64_t>(*count);
    *data = me.buffer.data();
    return static_cast<la_ssize_t>(*count);
  }

  void keep_last_bytes() {
    const std::string_view seen(buffer.data(), buffered);
    before.append(seen.substr(seen.size() - std::min(seen.size(), kept_bytes)));
    before.erase(0, before.size() - std::min(before.size(), kept_bytes));
    buffered = 0;
  }

  /// What the source gave last, and how many bytes of it the library has used; nullopt where it
  /// unpacks the bytes itself and so counts others.
  std::optional<std::pair<std::string, std::size_t>> last_bytes() {
    const std::string window = before + std::string(buffer.data(), buffered);
    const auto unused = pulled - archive_filter_bytes(reader.get(), 0);
    if (archive_filter_count(reader.get()) > 1 || unused < 0 ||
        unused > static_cast<std::int64_t>(window.size())) {
      return std::nullopt;
    }
    return std::pair(window, window.size() - static_cast<std::size_t>(unused));
  }

  /// A tar that was cut between two members reads like a whole one, but for the missing end.
  Status check_end_of_tar() {
    const auto last = last_bytes();
    if (!last || last->second == 0) {
      return {};
    }
    const auto end = std::string_view(last->first).substr(0, last->second);
    const auto block = end.substr(end.size() - std::min(end.size(), tar_block));
    if (block.find_first_not_of('\0') == block.npos) {
      return {};
    }
    return fail(ErrorCode::invalid_argument,
                "the archive cannot be read: it is cut short, the blocks that end a tar are "
                "missing");
  }

  Status check_end_of_zip() {
    const auto last = last_bytes();
    if (!last) {
      return {};
    }
    std::string_view rest = std::string_view(last->first).substr(last->second);
    return check_zip_directory([this, &rest](std::span<char> into) -> Result<std::size_t> {
      if (rest.empty()) {
        return source.read(into);
      }
      const auto count = std::min(into.size(), rest.size());
      std::copy_n(rest.begin(), count, into.begin());
      rest.remove_prefix(count);
      return count;
    });
  }

  Status check_end() {
    const int format = archive_format(reader.get()) & ARCHIVE_FORMAT_BASE_MASK;
    return format == ARCHIVE_FORMAT_ZIP   ? check_end_of_zip()
           : format == ARCHIVE_FORMAT_TAR ? check_end_of_tar()
                                          : Status();
  }

  void start_member() {
    content = {};
    content_offset = 0;
    offset = 0;
  }

  Result<std::string_view> read() {
    while (content.empty() && content_offset <= offset) {
      ATHANOR_TRY(const bool has_more, next_block());
      if (!has_more) {
        return std::string_view();
      }
    }
    auto part = content;
    if (content_offset > offset) {  // A hole lies before the block.
      const auto size = static_cast<std::uint64_t>(content_offset - offset);
      part = std::string_view(zeros.data(), std::min<std::uint64_t>(size, zeros.size()));
    } else {
      content = {};
    }
    offset += static_cast<std::int64_t>(part.size());
    return part;
  }

  /// Whether there was one.
  Result<bool> next_block() {
    const void* data = nullptr;
    std::size_t size = 0;
    la_int64_t start = 0;
    const int outcome = archive_read_data_block(reader.get(), &data, &size, &start);
    if (outcome == ARCHIVE_EOF) {
      return false;
    }
    if (outcome != ARCHIVE_OK) {
      return failure();
    }
    if (start < offset) {
      return fail(ErrorCode::invalid_argument,
                  "the archive cannot be read: the parts of a sparse file lie out of order");
    }
    content = {static_cast<const char*>(data), size};
    content_offset = start;
    return true;
  }

  /// The error of the source, or what the library found wrong with the archive.
  tl::unexpected<Error> failure() {
    if (source_error) {
      return fail(*source_error);
    }
    const char* detail = archive_error_string(reader.get());
    return fail(ErrorCode::invalid_argument,
                fmt::format("the archive cannot be read ({}): it is damaged, cut short or not one "
                            "of tar, tar.gz, tar.bz2, tar.xz, tar.zst and zip",
                            detail != nullptr ? shown(detail) : "unknown format"));
  }
};

ArchiveReader::ArchiveReader(ByteSource source)
    : implementation_(std::make_unique<Implementation>(std::move(source))) {
  archive* reader = implementation_->reader.get();
  archive_read_support_filter_bzip2(reader);
  archive_read_support_filter_zstd(reader);
  archive_read_support_format_tar(reader);
  archive_read_support_format_zip_streamable(reader);
  // A failure to open is told by next().
  archive_read_open(reader, implementation_.get(), nullptr, Implementation::pull, nullptr);
}

ArchiveReader::~ArchiveReader() = default;

Result<std::optional<ArchiveMember>> ArchiveReader::next() {
  archive_entry* entry = nullptr;
  implementation_->start_member();
  const int outcome = archive_read_next_header(implementation_->reader.get(), &entry);
  if (outcome == ARCHIVE_EOF) {
    ATHANOR_CHECK_OK(implementation_->check_end());
    return std::nullopt;
  }
  if (outcome != ARCHIVE_OK && outcome != ARCHIVE_WARN) {
    return implementation_->failure();
  }
  const char* name = archive_entry_pathname(entry);
  if (name == nullptr) {
    return fail(ErrorCode::invalid_argument,
                "the archive is refused: it holds a name that is not UTF-8; rename the file");
  }
  ArchiveMember member{name, archive_entry_filetype(entry) == AE_IFDIR};
  if (!is_plain(entry)) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("the archive is refused: \"{}\" is {}; pack files and folders only",
                            shown(member.name),
                            kind_of(entry)));
  }
  return member;
}

Result<std::string_view> ArchiveReader::read() {
  return implementation_->read();
}

Status ArchiveReader::finish() {
  for (;;) {
    ATHANOR_TRY(const std::size_t count, implementation_->source.read(implementation_->buffer));
    if (count == 0) {
      return {};
    }
  }
}

std::uint64_t ArchiveReader::packed_bytes() const {
  return implementation_->source.packed_bytes();
}

}  // namespace athanor::datasets
