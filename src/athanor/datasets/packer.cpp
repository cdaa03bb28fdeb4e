#include "athanor/datasets/packer.hpp"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <iterator>
#include <map>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "athanor/core/files.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/datasets/utf8_locale.hpp"

namespace athanor::datasets {

namespace {

namespace fs = std::filesystem;

struct FreeWriter {
  void operator()(archive* writer) const { archive_write_free(writer); }
};

struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

tl::unexpected<Error> cannot_pack(const std::string& name, int error) {
  return fail(system_error("cannot pack " + name, error));
}

}  // namespace

struct Packer::Implementation {
  Implementation(std::vector<PackEntry> entries, HardLinks hard_links)
      : waiting(std::move(entries)), links(hard_links) {
    std::reverse(waiting.begin(), waiting.end());
    archive_write_set_format_pax_restricted(writer.get());
    archive_write_add_filter_gzip(writer.get());
    // Weights and pictures hardly shrink; the fastest level keeps up with the network.
    archive_write_set_filter_option(writer.get(), "gzip", "compression-level", "1");
    archive_write_set_bytes_per_block(writer.get(), 0);
    archive_write_open(writer.get(), this, nullptr, keep, nullptr);
  }

  std::vector<PackEntry> waiting;  ///< The next one last.
  HardLinks links;
  std::map<std::pair<dev_t, ino_t>, std::string> first_names;  ///< Of files that have several.
  UniqueFd file;                                               ///< Being packed, if valid.
  std::string file_name;
  std::vector<char> buffer = std::vector<char>(256 * limits::kib);
  std::string packed;  ///< Made and not yet read.
  std::size_t taken = 0;
  bool ended = false;
  std::unique_ptr<archive, FreeWriter> writer{archive_write_new()};

  static la_ssize_t keep(archive*, void* self, const void* data, std::size_t size) {
    static_cast<Implementation*>(self)->packed.append(static_cast<const char*>(data), size);
    return static_cast<la_ssize_t>(size);
  }

  Status check(int outcome, const std::string& name) {
    return outcome >= ARCHIVE_WARN ? Status() : cannot_pack(name, archive_errno(writer.get()));
  }

  /// A file's next part, the next entry, or the end.
  Status step() {
    if (file.valid()) {
      return pack_content();
    }
    if (!waiting.empty()) {
      const PackEntry entry = std::move(waiting.back());
      waiting.pop_back();
      return begin(entry);
    }
    ended = true;
    return check(archive_write_close(writer.get()), "the archive's end");
  }

  Status begin(const PackEntry& entry) {
    if (entry.source.empty()) {
      return pack_text(entry);
    }
    // Links are left out: they could lead out of the folder.
    UniqueFd opened(open(entry.source.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!opened.valid()) {
      const bool passed_over = errno == ENOENT || errno == ELOOP || errno == ENXIO;
      return passed_over ? Status() : Status(cannot_pack(entry.name, errno));
    }

    struct stat status {};

    if (fstat(opened.get(), &status) != 0) {
      return cannot_pack(entry.name, errno);
    }
    if (S_ISDIR(status.st_mode)) {
      ATHANOR_CHECK_OK(queue_children(entry));
      return write_header(entry.name + "/", status);
    }
    if (!S_ISREG(status.st_mode)) {
      return {};
    }
    if (const auto* first_name = first_name_of(entry, status)) {
      return write_link(entry.name, *first_name, status);
    }
    file = std::move(opened);
    file_name = entry.name;
    return write_header(entry.name, status);
  }

  /// The name under which the archive has this very file already, or nullptr.
  const std::string* first_name_of(const PackEntry& entry, const struct stat& status) {
    if (links == HardLinks::copied || status.st_nlink < 2) {
      return nullptr;
    }
    const auto [first, is_new] =
        first_names.try_emplace({status.st_dev, status.st_ino}, entry.name);
    return is_new ? nullptr : &first->second;
  }

  Status pack_text(const PackEntry& entry) {
    struct stat status {};

    status.st_mode = S_IFREG;
    status.st_size = static_cast<off_t>(entry.content.size());
    status.st_mtime = std::time(nullptr);
    ATHANOR_CHECK_OK(write_header(entry.name, status));
    const auto used = archive_write_data(writer.get(), entry.content.data(), entry.content.size());
    return used < 0 ? Status(cannot_pack(entry.name, archive_errno(writer.get()))) : Status();
  }

  Status queue_children(const PackEntry& folder) {
    std::vector<PackEntry> children;
    std::error_code error;
    for (fs::directory_iterator child(folder.source, error), end; !error && child != end;
         child.increment(error)) {
      if (is_temporary_name(child->path())) {
        continue;
      }
      children.push_back({child->path(), folder.name + "/" + child->path().filename().string()});
    }
    if (error) {
      return cannot_pack(folder.name, error.value());
    }
    std::sort(children.begin(), children.end(), [](const PackEntry& a, const PackEntry& b) {
      return a.name > b.name;
    });
    std::move(children.begin(), children.end(), std::back_inserter(waiting));
    return {};
  }

  Status write_header(const std::string& name, const struct stat& status) {
    const auto entry = header_of(name, status);
    archive_entry_set_size(entry.get(), S_ISDIR(status.st_mode) ? 0 : status.st_size);
    return check(archive_write_header(writer.get(), entry.get()), name);
  }

  /// libarchive finds links by itself where headers tell device and inode, which it then writes.
  Status write_link(const std::string& name,
                    const std::string& first_name,
                    const struct stat& status) {
    const auto entry = header_of(name, status);
    archive_entry_set_hardlink(entry.get(), first_name.c_str());
    archive_entry_set_size(entry.get(), 0);
    return check(archive_write_header(writer.get(), entry.get()), name);
  }

  static std::unique_ptr<archive_entry, FreeEntry> header_of(const std::string& name,
                                                             const struct stat& status) {
    const bool is_folder = S_ISDIR(status.st_mode);
    std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_filetype(entry.get(), is_folder ? AE_IFDIR : AE_IFREG);
    archive_entry_set_perm(entry.get(), is_folder ? 0755 : 0644);
    archive_entry_set_mtime(entry.get(), status.st_mtime, 0);
    return entry;
  }

  /// Bytes that a growing file gained after its header are dropped by the library, and what a
  /// shrunk one lost becomes zeros.
  Status pack_content() {
    const auto count = read(file.get(), buffer.data(), buffer.size());
    if (count < 0) {
      return errno == EINTR ? Status() : Status(cannot_pack(file_name, errno));
    }
    const auto used = archive_write_data(writer.get(), buffer.data(), static_cast<size_t>(count));
    if (used < 0) {
      return cannot_pack(file_name, archive_errno(writer.get()));
    }
    if (count == 0 || used < count) {
      file.reset();
    }
    return {};
  }
};

Packer::Packer(std::vector<PackEntry> entries, HardLinks links)
    : implementation_(std::make_unique<Implementation>(std::move(entries), links)) {}

Packer::~Packer() = default;

Result<std::size_t> Packer::read_some(std::span<char> buffer) {
  const Utf8Locale names_are_utf8;
  auto& me = *implementation_;
  while (me.taken == me.packed.size() && !me.ended) {
    me.packed.clear();
    me.taken = 0;
    ATHANOR_CHECK_OK(me.step());
  }
  const auto count = std::min(buffer.size(), me.packed.size() - me.taken);
  std::copy_n(me.packed.begin() + static_cast<std::ptrdiff_t>(me.taken), count, buffer.begin());
  me.taken += count;
  return count;
}

}  // namespace athanor::datasets
