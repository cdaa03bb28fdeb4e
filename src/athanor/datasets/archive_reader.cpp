#include "athanor/datasets/archive_reader.hpp"

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

namespace athanor::datasets {

namespace {

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
  std::optional<Error> source_error;
  std::unique_ptr<archive, FreeReader> reader{archive_read_new()};

  static la_ssize_t pull(archive* reader, void* self, const void** data) {
    auto& me = *static_cast<Implementation*>(self);
    auto count = me.source.read(me.buffer);
    if (!count) {
      archive_set_error(reader, EIO, "source");
      me.source_error = count.error();
      return ARCHIVE_FATAL;
    }
    *data = me.buffer.data();
    return static_cast<la_ssize_t>(*count);
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
  archive_read_support_filter_xz(reader);
  archive_read_support_filter_zstd(reader);
  archive_read_support_format_tar(reader);
  archive_read_support_format_zip_streamable(reader);
  // A failure to open is told by next().
  archive_read_open(reader, implementation_.get(), nullptr, Implementation::pull, nullptr);
}

ArchiveReader::~ArchiveReader() = default;

Result<std::optional<ArchiveMember>> ArchiveReader::next() {
  archive_entry* entry = nullptr;
  const int outcome = archive_read_next_header(implementation_->reader.get(), &entry);
  if (outcome == ARCHIVE_EOF) {
    return std::nullopt;
  }
  if (outcome != ARCHIVE_OK && outcome != ARCHIVE_WARN) {
    return implementation_->failure();
  }
  const char* name = archive_entry_pathname(entry);
  ArchiveMember member{name != nullptr ? name : "", archive_entry_filetype(entry) == AE_IFDIR};
  if (!is_plain(entry)) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("the archive is refused: \"{}\" is {}; pack files and folders only",
                            shown(member.name),
                            kind_of(entry)));
  }
  return member;
}

Result<std::size_t> ArchiveReader::read(std::span<char> buffer) {
  const auto count = archive_read_data(implementation_->reader.get(), buffer.data(), buffer.size());
  if (count < 0) {
    return implementation_->failure();
  }
  return static_cast<std::size_t>(count);
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
