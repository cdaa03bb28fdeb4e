#include "athanor/datasets/intake.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "athanor/core/disk_calls.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/core/uuid.hpp"
#include "athanor/datasets/folder_merge.hpp"
#include "athanor/datasets/member_name.hpp"

namespace athanor::datasets {

namespace {

namespace fs = std::filesystem;

/// The name with its last part in lower case: folders may differ by case alone ("a" and "A" are
/// classes of letters), files of one folder may not.
std::size_t hash_of(MemberName name) {
  std::transform(name.back().begin(), name.back().end(), name.back().begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return std::hash<std::string>{}(to_string(name));
}

Error in_archive(const MemberName& name, std::string_view fault) {
  return {ErrorCode::invalid_argument,
          fmt::format("the archive is refused: \"{}\" {}", shown(to_string(name)), fault)};
}

class Unpacking {
 public:
  Unpacking(ByteSource source, const fs::path& folder)
      : reader_(std::move(source)), folder_(folder), buffer_(256 * limits::kib) {}

  Status run() {
    for (;;) {
      ATHANOR_TRY(const auto member, reader_.next());
      if (!member) {
        return reader_.finish();
      }
      if (++entries_ > limits::archive_entries) {
        return too_large("too many entries", limits::archive_entries);
      }
      ATHANOR_TRY(const MemberName name, parse_member_name(member->name));
      if (!is_finder_metadata(name)) {
        ATHANOR_CHECK_OK(add(name, member->is_folder));
      }
    }
  }

  [[nodiscard]] const IntakeSummary& summary() const { return summary_; }

  /// How many leading folders all names should lose.
  [[nodiscard]] std::size_t stripped() const { return stripped_.value_or(0); }

 private:
  static tl::unexpected<Error> too_large(std::string_view what, std::uint64_t limit) {
    return fail(ErrorCode::too_large,
                fmt::format("the archive is refused: {} (the limit is {})", what, limit));
  }

  Status add(const MemberName& name, bool is_folder) {
    if (const auto before = folders_before_root(name)) {
      stripped_ = std::min(stripped_.value_or(*before), *before);
    }
    if (is_folder) {
      return make_folder(name);
    }
    if (name.empty()) {
      return fail(in_archive(name, "is a file without a name"));
    }
    ATHANOR_CHECK_OK(make_folder({name.begin(), name.end() - 1}));
    return write_file(name);
  }

  Status make_folder(const MemberName& name) {
    const fs::path path = folder_ / to_string(name);
    if (path == last_folder_) {
      return {};
    }
    std::error_code error;
    fs::create_directories(path, error);
    if (error == std::errc::not_a_directory || error == std::errc::file_exists) {
      return fail(in_archive(name, "is a file and a folder at once"));
    }
    if (error) {
      return fail(system_error("cannot make a folder for the dataset", error.value()));
    }
    last_folder_ = path;
    return {};
  }

  Status write_file(const MemberName& name) {
    const fs::path path = folder_ / to_string(name);
    const UniqueFd file(disk::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    const int error = errno;
    if (!names_.insert(hash_of(name)).second || (!file.valid() && error == EEXIST)) {
      return fail(in_archive(name, "comes twice (names that differ only by case count as equal)"));
    }
    if (!file.valid()) {
      return fail(system_error("cannot write a file of the dataset", error));
    }
    ++summary_.files;
    return copy_content(file.get());
  }

  Status copy_content(int file) {
    for (;;) {
      ATHANOR_TRY(const std::size_t count, reader_.read(buffer_));
      if (count == 0) {
        return {};
      }
      summary_.bytes += count;
      ATHANOR_CHECK_OK(check_size());
      ATHANOR_CHECK_OK(write_all(file, {buffer_.data(), count}));
    }
  }

  Status check_size() const {
    if (summary_.bytes > limits::archive_bytes) {
      return too_large("too many bytes once unpacked", limits::archive_bytes);
    }
    if (summary_.bytes > limits::archive_ratio_floor &&
        summary_.bytes / limits::archive_ratio > reader_.packed_bytes()) {
      return too_large("it unpacks to far more bytes than it has; ratio", limits::archive_ratio);
    }
    return {};
  }

  ArchiveReader reader_;
  const fs::path& folder_;
  std::vector<char> buffer_;
  IntakeSummary summary_;
  std::uint64_t entries_ = 0;
  std::optional<std::size_t> stripped_;
  fs::path last_folder_;
  std::unordered_set<std::size_t> names_;
};

/// The folders that lie `depth` parts below `root`.
std::vector<fs::path> folders_at(const fs::path& root, std::size_t depth) {
  std::vector<fs::path> level = {root};
  for (std::size_t i = 0; i < depth; ++i) {
    std::vector<fs::path> next;
    for (const auto& folder : level) {
      for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.is_directory()) {
          next.push_back(entry.path());
        }
      }
    }
    level = std::move(next);
  }
  return level;
}

/// Moves what lies `depth` folders deep to the root and drops the rest.
Status strip_folders(const fs::path& root, std::size_t depth) {
  const fs::path whole = root / Uuid::random().to_string();  // No member can have this name.
  fs::create_directory(whole);
  for (const auto& entry : fs::directory_iterator(root)) {
    if (entry.path() != whole) {
      fs::rename(entry.path(), whole / entry.path().filename());
    }
  }
  for (const auto& folder : folders_at(whole, depth)) {
    ATHANOR_CHECK_OK(move_merging(folder, root));
  }
  return remove_tree(whole);
}

}  // namespace

Result<IntakeSummary> unpack(ByteSource source, const fs::path& staging) {
  Unpacking unpacking(std::move(source), staging);
  ATHANOR_CHECK_OK(unpacking.run());
  if (unpacking.summary().files == 0) {
    return fail(ErrorCode::invalid_argument, "the archive is refused: it holds no files");
  }
  if (unpacking.stripped() > 0) {
    try {
      ATHANOR_CHECK_OK(strip_folders(staging, unpacking.stripped()));
    } catch (const fs::filesystem_error& failure) {
      return fail(system_error("cannot move the files of the dataset", failure.code().value()));
    }
  }
  return unpacking.summary();
}

}  // namespace athanor::datasets
