#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "athanor/core/files.hpp"
#include "athanor/datasets/intake.hpp"

namespace {

namespace fs = std::filesystem;

/// A folder for this process, below which each archive is unpacked.
const fs::path& work_folder() {
  static const fs::path folder = [] {
    std::string name = fs::temp_directory_path() / "athanor-archive-fuzz-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) {
      std::abort();
    }
    std::atexit([] { static_cast<void>(athanor::remove_tree(work_folder())); });
    return fs::path(name);
  }();
  return folder;
}

athanor::datasets::ByteSource source_of(std::string_view bytes) {
  return [bytes](std::span<char> buffer) mutable -> athanor::Result<std::size_t> {
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

/// Whatever the archive is, nothing is written beside the staging folder, and only files and
/// folders into it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fs::path staging = work_folder() / "staging";
  fs::create_directory(staging);
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto summary = athanor::datasets::unpack(source_of(bytes), staging);
  const auto entries = fs::recursive_directory_iterator(staging);
  if (!holds_only(work_folder(), "staging") ||
      !std::all_of(begin(entries), end(entries), is_plain) || (summary && summary->files == 0)) {
    std::abort();
  }
  fs::remove_all(staging);
  return 0;
}
