#include "archive_builder.hpp"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <fstream>
#include <memory>
#include <set>
#include <stdexcept>
#include <zlib.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace athanor::datasets {

namespace fs = std::filesystem;

struct ArchiveBuilder::Member {
  std::string name;
  unsigned type = AE_IFREG;
  std::string_view content = "";
  std::string symbolic_target = "";
  std::string hard_target = "";
};

ArchiveBuilder::ArchiveBuilder(std::string_view format, std::string_view filter)
    : writer_(archive_write_new()) {
  if (format == "zip") {
    archive_write_set_format_zip(writer_);
  } else {
    archive_write_set_format_pax_restricted(writer_);
  }
  if (!filter.empty()) {
    archive_write_add_filter_by_name(writer_,
                                     filter == "gz"    ? "gzip"
                                     : filter == "bz2" ? "bzip2"
                                     : filter == "zst" ? "zstd"
                                                       : "xz");
  }
  archive_write_set_bytes_in_last_block(writer_, 1);
  archive_write_open(
      writer_,
      &bytes_,
      nullptr,
      [](archive*, void* bytes, const void* data, std::size_t size) {
        static_cast<std::string*>(bytes)->append(static_cast<const char*>(data), size);
        return static_cast<la_ssize_t>(size);
      },
      nullptr);
}

ArchiveBuilder::~ArchiveBuilder() {
  archive_write_free(writer_);
}

ArchiveBuilder& ArchiveBuilder::add(const Member& member) {
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                       archive_entry_free);
  archive_entry_set_pathname(entry.get(), member.name.c_str());
  archive_entry_set_filetype(entry.get(), member.type);
  archive_entry_set_perm(entry.get(), 0644);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(member.content.size()));
  if (!member.symbolic_target.empty()) {
    archive_entry_set_symlink(entry.get(), member.symbolic_target.c_str());
  }
  if (!member.hard_target.empty()) {
    archive_entry_set_hardlink(entry.get(), member.hard_target.c_str());
  }
  if (archive_write_header(writer_, entry.get()) < ARCHIVE_WARN) {
    throw std::runtime_error(archive_error_string(writer_));
  }
  archive_write_data(writer_, member.content.data(), member.content.size());
  return *this;
}

ArchiveBuilder& ArchiveBuilder::file(const std::string& name, std::string_view content) {
  return add({.name = name, .content = content});
}

ArchiveBuilder& ArchiveBuilder::folder(const std::string& name) {
  return add({.name = name, .type = AE_IFDIR});
}

ArchiveBuilder& ArchiveBuilder::symbolic_link(const std::string& name, const std::string& target) {
  return add({.name = name, .type = AE_IFLNK, .symbolic_target = target});
}

ArchiveBuilder& ArchiveBuilder::hard_link(const std::string& name, const std::string& target) {
  return add({.name = name, .hard_target = target});
}

ArchiveBuilder& ArchiveBuilder::special(const std::string& name, unsigned type) {
  return add({.name = name, .type = type});
}

std::string ArchiveBuilder::bytes() {
  archive_write_close(writer_);
  return bytes_;
}

std::string gzip(const std::string& content) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, content.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

ByteSource source_of(std::string bytes, std::size_t piece) {
  return [bytes = std::move(bytes), piece, start = std::size_t{0}](
             std::span<char> buffer) mutable -> Result<std::size_t> {
    const auto count = std::min({buffer.size(), piece, bytes.size() - start});
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(start), count, buffer.begin());
    start += count;
    return count;
  };
}

void put_file(const fs::path& path, std::string_view content) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << content;
}

std::string tree_of(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    names.insert(entry.path().lexically_relative(folder).string() +
                 (entry.is_directory() ? "/" : ""));
  }
  return fmt::format("{}", fmt::join(names, " "));
}

}  // namespace athanor::datasets
