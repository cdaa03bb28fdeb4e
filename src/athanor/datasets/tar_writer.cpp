#include "athanor/datasets/tar_writer.hpp"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "athanor/core/disk_calls.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/datasets/utf8_locale.hpp"

namespace athanor::datasets {

namespace {

struct FreeTar {
  void operator()(archive* writer) const { archive_write_free(writer); }
};

struct FreeTarEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

constexpr mode_t file_mode = 0600;
constexpr mode_t folder_mode = 0700;

}  // namespace

struct TarWriter::Implementation {
  /// Takes a part of the packed bytes; the library comes again with the rest.
  static la_ssize_t put(archive* tar, void* self, const void* data, std::size_t size) {
    const int fd = static_cast<Implementation*>(self)->file.get();
    while (true) {
      const auto count = disk::write(fd, data, size);
      if (count >= 0) {
        return count;
      }
      if (errno != EINTR) {
        archive_set_error(tar, errno, "write");
        return ARCHIVE_FATAL;
      }
    }
  }

  Status check(la_ssize_t outcome, const std::string& name) {
    return outcome >= ARCHIVE_WARN
               ? Status()
               : Status(fail(system_error("cannot write " + name + " into the archive",
                                          archive_errno(writer.get()))));
  }

  Status begin(const std::string& name, bool is_folder, la_int64_t size, time_t modified) {
    const std::unique_ptr<archive_entry, FreeTarEntry> entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_filetype(entry.get(), is_folder ? AE_IFDIR : AE_IFREG);
    archive_entry_set_perm(entry.get(), is_folder ? folder_mode : file_mode);
    archive_entry_set_size(entry.get(), size);
    archive_entry_set_mtime(entry.get(), modified, 0);
    return check(archive_write_header(writer.get(), entry.get()), name);
  }

  Utf8Locale names_are_utf8;
  std::filesystem::path folder;  ///< Of the file.
  UniqueFd file;
  std::vector<char> buffer = std::vector<char>(256 * limits::kib);
  std::unique_ptr<archive, FreeTar> writer{archive_write_new()};
};

TarWriter::TarWriter(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}

TarWriter::TarWriter(TarWriter&&) noexcept = default;
TarWriter::~TarWriter() = default;

Result<TarWriter> TarWriter::create(const std::filesystem::path& file) {
  auto made = std::make_unique<Implementation>();
  made->file.reset(disk::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file_mode));
  if (!made->file.valid()) {
    const int reason = errno;
    auto error = system_error("cannot make " + file.string(), reason);
    error.code = reason == EEXIST ? ErrorCode::conflict : error.code;
    return fail(std::move(error));
  }
  made->folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  archive* writer = made->writer.get();
  archive_write_set_format_pax_restricted(writer);
  archive_write_add_filter_zstd(writer);
  archive_write_set_bytes_in_last_block(writer, 1);  // No padding.
  ATHANOR_CHECK_OK(
      made->check(archive_write_open(writer, made.get(), nullptr, Implementation::put, nullptr),
                  file.string()));
  return TarWriter(std::move(made));
}

Status TarWriter::add_folder(const std::string& name) {
  return implementation_->begin(name + "/", true, 0, 0);
}

Status TarWriter::add_file(const std::string& name,
                           const std::filesystem::path& source,
                           const std::function<void(std::string_view)>& see) {
  auto& me = *implementation_;
  const UniqueFd file(::open(source.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));

  struct stat status {};

  if (!file.valid() || fstat(file.get(), &status) != 0) {
    return fail(system_error("cannot read " + source.string(), errno));
  }
  ATHANOR_CHECK_OK(me.begin(name, false, status.st_size, status.st_mtime));
  auto left = static_cast<std::size_t>(status.st_size);
  while (left > 0) {
    const auto count = ::read(file.get(), me.buffer.data(), std::min(left, me.buffer.size()));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return fail(count < 0 ? system_error("cannot read " + source.string(), errno)
                            : Error{ErrorCode::io, source.string() + " became shorter"});
    }
    const std::string_view bytes(me.buffer.data(), static_cast<std::size_t>(count));
    ATHANOR_CHECK_OK(
        me.check(archive_write_data(me.writer.get(), bytes.data(), bytes.size()), name));
    see(bytes);
    left -= bytes.size();
  }
  return {};
}

Status TarWriter::add_text(const std::string& name, std::string_view text) {
  auto& me = *implementation_;
  ATHANOR_CHECK_OK(me.begin(name, false, static_cast<la_int64_t>(text.size()), 0));
  return me.check(archive_write_data(me.writer.get(), text.data(), text.size()), name);
}

Status TarWriter::finish() {
  auto& me = *implementation_;
  ATHANOR_CHECK_OK(me.check(archive_write_close(me.writer.get()), "its end"));
  if (disk::fsync(me.file.get()) != 0) {
    return fail(system_error("cannot sync the archive", errno));
  }
  return sync_path(me.folder);
}

}  // namespace athanor::datasets
