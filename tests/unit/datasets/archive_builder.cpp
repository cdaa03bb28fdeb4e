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
  std::int64_t hole = 0;  ///< Bytes before the content that are not there.
};

ArchiveBuilder::ArchiveBuilder(std::string_view format, std::string_view filter)
    : writer_(archive_write_new()) {
  if (format == "zip") {
    archive_write_set_format_zip(writer_);
  } else if (format == "gnutar") {
    archive_write_set_format_gnutar(writer_);
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
  const auto length = static_cast<la_int64_t>(member.content.size());
  archive_entry_set_size(entry.get(), member.hole + length);
  if (member.hole > 0) {
    archive_entry_sparse_add_entry(entry.get(), member.hole, length);
  }
  if (!member.symbolic_target.empty()) {
    archive_entry_set_symlink(entry.get(), member.symbolic_target.c_str());
  }
  if (!member.hard_target.empty()) {
    archive_entry_set_hardlink(entry.get(), member.hard_target.c_str());
  }
  if (archive_write_header(writer_, entry.get()) < ARCHIVE_WARN) {
    throw std::runtime_error(archive_error_string(writer_));
  }
  // The library leaves the holes of a sparse file out itself, so it is given all of it.
  const std::string zeros(1 << 20, '\0');
  for (auto left = member.hole; left > 0; left -= static_cast<std::int64_t>(zeros.size())) {
    archive_write_data(
        writer_, zeros.data(), std::min(zeros.size(), static_cast<std::size_t>(left)));
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

ArchiveBuilder& ArchiveBuilder::sparse_file(const std::string& name,
                                            std::string_view content,
                                            std::int64_t size) {
  return add(
      {.name = name, .content = content, .hole = size - static_cast<std::int64_t>(content.size())});
}

ArchiveBuilder& ArchiveBuilder::special(const std::string& name, unsigned type) {
  return add({.name = name, .type = type});
}

std::string ArchiveBuilder::bytes() {
  archive_write_close(writer_);
  return bytes_;
}

std::string tar_member(std::string_view name, char type, std::string_view content) {
  constexpr std::size_t block = 512;
  std::string header(block, '\0');
  const auto put = [&header](std::size_t offset, std::string_view text) {
    std::copy(text.begin(), text.end(), header.begin() + static_cast<std::ptrdiff_t>(offset));
  };
  put(0, name.substr(0, 100));
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, fmt::format("{:011o}", content.size()));
  put(136, "00000000000");
  put(148, "        ");
  header[156] = type;
  put(257, std::string_view("ustar\00000", 8));
  unsigned sum = 0;
  for (const char c : header) {
    sum += static_cast<unsigned char>(c);
  }
  put(148, fmt::format("{:06o}", sum) + std::string(1, '\0'));
  const std::string padding((block - content.size() % block) % block, '\0');
  return header + std::string(content) + padding;
}

std::string tar_end() {
  return std::string(1024, '\0');
}

std::string pax_record(const std::string& key, const std::string& value) {
  const auto rest = " " + key + "=" + value + "\n";
  auto length = rest.size() + 1;
  while (std::to_string(length).size() + rest.size() != length) {
    ++length;
  }
  return std::to_string(length) + rest;
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
