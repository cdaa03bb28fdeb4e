#include <algorithm>
#include <filesystem>
#include <string_view>

#include "target.hpp"
#include "work_folder.hpp"

#include "athanor/datasets/intake.hpp"

namespace athanor::fuzz {

namespace {

namespace fs = std::filesystem;

datasets::ByteSource archive_bytes(std::string_view bytes) {
  return [bytes](std::span<char> buffer) mutable -> Result<std::size_t> {
    const auto count = std::min(buffer.size(), bytes.size());
    std::copy_n(bytes.begin(), count, buffer.begin());
    bytes.remove_prefix(count);
    return count;
  };
}

bool holds_only(const fs::path& folder, std::string_view name) {
  return std::all_of(fs::directory_iterator(folder), {}, [&](const fs::directory_entry& entry) {
    return entry.path().filename() == name;
  });
}

bool is_plain(const fs::directory_entry& entry) {
  const auto type = entry.symlink_status().type();
  return type == fs::file_type::regular || type == fs::file_type::directory;
}

}  // namespace

void archive(std::string_view input) {
  static const WorkFolder work("archive");
  const fs::path staging = work.path() / "staging";
  fs::create_directory(staging);

  const auto summary = datasets::unpack(archive_bytes(input), staging);

  require(holds_only(work.path(), "staging"), "nothing is written beside the staging folder");
  const auto entries = fs::recursive_directory_iterator(staging);
  require(std::all_of(begin(entries), end(entries), is_plain), "only files and folders are made");
  require(!summary || summary->files > 0, "an archive without files is refused");
  fs::remove_all(staging);
}

}  // namespace athanor::fuzz
