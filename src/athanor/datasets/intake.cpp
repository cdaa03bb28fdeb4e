#include "athanor/datasets/intake.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "athanor/core/disk_calls.hpp"
#include "athanor/core/disk_room.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/core/uuid.hpp"
#include "athanor/datasets/folder_merge.hpp"
#include "athanor/datasets/member_name.hpp"
#include "athanor/datasets/name_check.hpp"

namespace athanor::datasets {

namespace {

namespace fs = std::filesystem;

Error in_archive(const MemberName& name, std::string_view fault) {
  return {ErrorCode::invalid_argument,
          fmt::format("the archive is refused: \"{}\" {}", shown(to_string(name)), fault)};
}

class Unpacking {
 public:
  Unpacking(ByteSource source, const fs::path& folder, const IntakeLimits& bounds)
      : reader_(std::move(source)),
        folder_(folder.string() + "/"),
        limits_(bounds),
        room_(folder, bounds.disk) {}

  /// Where an archive breaks off is told by the last name that was read.
  Status run() {
    auto done = read_members();
    if (!done && done.error().code == ErrorCode::invalid_argument && !last_name_.empty() &&
        done.error().message.find(shown(last_name_)) == std::string::npos) {
      done.error().message += fmt::format(" (at \"{}\")", shown(last_name_));
    }
    return done;
  }

  [[nodiscard]] const IntakeSummary& summary() const { return summary_; }

  /// How many leading folders all names should lose.
  [[nodiscard]] std::size_t stripped() const { return stripped_.value_or(0); }

 private:
  Status read_members() {
    for (;;) {
      ATHANOR_TRY(const auto member, reader_.next());
      if (!member) {
        return reader_.finish();
      }
      last_name_ = member->name;
      if (++entries_ > limits_.entries) {
        return too_large("has too many entries", limits_.entries);
      }
      ATHANOR_TRY(const MemberName name, parse_member_name(member->name));
      if (!is_finder_metadata(name)) {
        ATHANOR_CHECK_OK(add(name, member->is_folder));
      }
    }
  }

  /// A bomb is refused like any other hostile archive, not as a body over the server's limit.
  [[nodiscard]] tl::unexpected<Error> too_large(std::string_view what, std::uint64_t limit) const {
    return fail(ErrorCode::invalid_argument,
                fmt::format("the archive is refused: it {} (the limit is {}) at \"{}\"",
                            what,
                            limit,
                            shown(last_name_)));
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
    const MemberName parent(name.begin(), name.end() - 1);
    ATHANOR_CHECK_OK(make_folder(parent));
    return write_file(name);
  }

  Status make_folder(const MemberName& name) {
    std::string text = to_string(name);
    if (text == last_folder_) {
      return {};
    }
    // One of them takes as much as a small file, and an archive of nothing else may name millions.
    ATHANOR_CHECK_OK(room_.take(name.size() * limits::disk_block_bytes));
    std::error_code error;
    fs::create_directories(folder_ + text, error);
    if (error == std::errc::not_a_directory || error == std::errc::file_exists) {
      return fail(in_archive(name, "is a file and a folder at once"));
    }
    if (error) {
      return fail(system_error("cannot make a folder for the dataset", error.value()));
    }
    last_folder_ = std::move(text);
    return {};
  }

  Status write_file(const MemberName& name) {
    ATHANOR_CHECK_OK(room_.take(limits::disk_block_bytes));
    const std::string path = folder_ + to_string(name);
    const UniqueFd file(disk::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file.valid() && errno == EEXIST) {
      return fail(in_archive(name, "comes twice"));
    }
    if (!file.valid()) {
      return fail(system_error("cannot write a file of the dataset", errno));
    }
    ++summary_.files;
    return copy_content(file.get());
  }

  Status copy_content(int file) {
    for (;;) {
      ATHANOR_TRY(const auto content, reader_.read());
      if (content.empty()) {
        return {};
      }
      summary_.bytes += content.size();
      ATHANOR_CHECK_OK(check_size());
      ATHANOR_CHECK_OK(room_.take(content.size()));
      ATHANOR_CHECK_OK(write_all(file, content));
    }
  }

  Status check_size() const {
    if (summary_.bytes > limits_.bytes) {
      return too_large("unpacks to too many bytes", limits_.bytes);
    }
    // Masks without compression are honest and reach 400 by gzip and 950 by xz, as much as gzip
    // makes of a bomb; but whoever has gigabytes of them has pictures beside them.
    const bool is_large = summary_.bytes > limits_.large;
    const auto ratio = is_large ? limits::large_archive_ratio : limits::archive_ratio;
    if (summary_.bytes > limits::archive_ratio_floor &&
        summary_.bytes / ratio > reader_.packed_bytes()) {
      return too_large(is_large ? "is large and unpacks to far more bytes than it has, by ratio; "
                                  "send it in parts"
                                : "unpacks to far more bytes than it has, by ratio",
                       ratio);
    }
    return {};
  }

  ArchiveReader reader_;
  const std::string folder_;  ///< With a "/" at its end.
  const IntakeLimits& limits_;
  DiskRoom room_;
  IntakeSummary summary_;
  std::uint64_t entries_ = 0;
  std::optional<std::size_t> stripped_;
  std::string last_name_;
  std::string last_folder_;  ///< The one that was made last; the root is there from the start.
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

Result<IntakeSummary> unpack(ByteSource source,
                             const fs::path& staging,
                             const IntakeLimits& bounds) {
  Unpacking unpacking(std::move(source), staging, bounds);
  ATHANOR_CHECK_OK(unpacking.run());
  if (unpacking.summary().files == 0) {
    return fail(ErrorCode::invalid_argument, "the archive is refused: it holds no files");
  }
  try {
    if (unpacking.stripped() > 0) {
      ATHANOR_CHECK_OK(strip_folders(staging, unpacking.stripped()));
    }
    if (const auto checked = check_names_below(staging); !checked) {
      return fail(checked.error().within("the archive is refused"));
    }
  } catch (const fs::filesystem_error& failure) {
    return fail(system_error("cannot move the files of the dataset", failure.code().value()));
  }
  return unpacking.summary();
}

}  // namespace athanor::datasets
