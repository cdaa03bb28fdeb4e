#include <string>
#include <system_error>

#include <fmt/format.h>

#include "athanor/backup/backup.hpp"
#include "athanor/backup/manifest.hpp"
#include "athanor/core/data_folder.hpp"
#include "athanor/core/digest.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/folder_lock.hpp"
#include "athanor/datasets/tar_writer.hpp"
#include "athanor/store/named_folders.hpp"
#include "athanor/store/snapshot.hpp"
#include "athanor/store/store.hpp"

namespace athanor::backup {

namespace {

namespace fs = std::filesystem;

constexpr const char* database_name = "athanor.db";
constexpr const char* aside_name = "backup-aside";
/// Each try loses against an upload or a deletion that ends in that very moment.
constexpr int tries = 10;

std::string url_of(const fs::path& database) {
  return "sqlite://" + database.string();
}

/// Whether all that one database names is named by another, too.
Result<bool> are_still_named(const std::string& named_by, const std::string& now) {
  ATHANOR_TRY(auto wanted, store::NamedFolders::open(named_by));
  ATHANOR_TRY(auto present, store::NamedFolders::open(now));
  ATHANOR_TRY(auto name, wanted.next());
  ATHANOR_TRY(auto candidate, present.next());
  while (name && candidate && *candidate <= *name) {
    if (*candidate == *name) {
      ATHANOR_TRY(name, wanted.next());
    }
    ATHANOR_TRY(candidate, present.next());
  }
  return !name;
}

/// Makes a hard link of a file; one that is not there (any more) is passed over.
Status link_file(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_hard_link(from, to, error);
  if (error && error != std::errc::no_such_file_or_directory) {
    return fail(system_error("cannot link " + from.string(), error.value()));
  }
  return {};
}

/// Makes hard links of all files below `from`; files that go away meanwhile are passed over.
Status link_tree(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_directories(to, error);
  for (fs::recursive_directory_iterator entry(from, error), end; !error && entry != end;
       entry.increment(error)) {
    const fs::path target = to / entry->path().lexically_relative(from);
    std::error_code one;
    if (entry->is_directory(one)) {
      fs::create_directories(target, one);
    } else if (entry->is_regular_file(one)) {
      fs::create_hard_link(entry->path(), target, one);
    }
    if (one && one != std::errc::no_such_file_or_directory) {
      return fail(system_error("cannot link " + entry->path().string(), one.value()));
    }
  }
  const bool gone = error == std::errc::no_such_file_or_directory;
  return error && !gone ? Status(fail(system_error("cannot list " + from.string(), error.value())))
                        : Status();
}

/// The folder in which a moment of the data folder is held, for one backup at a time.
class Aside {
 public:
  static Result<Aside> make(const fs::path& data_folder) {
    Aside aside(data_folder);
    ATHANOR_CHECK_OK(make_private_folder(aside.path_));
    auto lock = FolderLock::take(aside.path_);
    if (!lock && lock.error().code == ErrorCode::conflict) {
      return fail(ErrorCode::conflict, "another backup of this data folder is under way");
    }
    if (!lock) {
      return fail(lock.error());
    }
    aside.lock_ = std::move(*lock);
    return aside;
  }

  Aside(Aside&&) noexcept = default;

  ~Aside() {
    if (lock_.is_held()) {
      std::error_code ignored;  // What stays is removed by the next backup.
      fs::remove_all(path_, ignored);
    }
  }

  /// Copies the database and links what it names; false when the server has replaced some of it
  /// meanwhile.
  Result<bool> take() {
    for (const auto& entry : fs::directory_iterator(path_)) {
      ATHANOR_CHECK_OK(remove_tree(entry.path()));
    }
    ATHANOR_CHECK_OK(store::copy_database(live_url(), path_ / database_name));
    ATHANOR_CHECK_OK(link_named_folders());
    ATHANOR_CHECK_OK(link_other_files());
    // The server changes a record before it removes what that named: what is still named now was
    // whole when it was linked.
    return are_still_named(copy_url(), live_url());
  }

  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  explicit Aside(const fs::path& data_folder)
      : data_folder_(data_folder), path_(data_folder / aside_name) {}

  [[nodiscard]] std::string live_url() const { return url_of(data_folder_ / database_name); }

  [[nodiscard]] std::string copy_url() const { return url_of(path_ / database_name); }

  Status link_named_folders() {
    ATHANOR_TRY(auto folders, store::NamedFolders::open(copy_url()));
    ATHANOR_TRY(auto folder, folders.next());
    while (folder) {
      std::error_code error;
      if (fs::exists(data_folder_ / *folder, error)) {
        ATHANOR_CHECK_OK(link_tree(data_folder_ / *folder, path_ / *folder));
        ATHANOR_CHECK_OK(link_what_is_told_of(*folder));
      }
      ATHANOR_TRY(folder, folders.next());
    }
    return {};
  }

  /// The report on a dataset's data and what their inspection found, which lie beside the folder.
  Status link_what_is_told_of(const std::string& folder) {
    for (const char* suffix : {report_suffix, inspection_suffix}) {
      const std::string name = folder + suffix;
      ATHANOR_CHECK_OK(link_file(data_folder_ / name, path_ / name));
    }
    return {};
  }

  /// Keys and whatever else lies beside the database.
  Status link_other_files() {
    for (const auto& entry : fs::directory_iterator(data_folder_)) {
      const auto name = entry.path().filename().string();
      std::error_code error;
      if (entry.is_regular_file(error) && !name.starts_with(database_name) &&
          !name.starts_with('.') && !is_temporary_name(entry.path())) {
        ATHANOR_CHECK_OK(link_file(entry.path(), path_ / name));
      }
    }
    return {};
  }

  fs::path data_folder_;
  fs::path path_;
  FolderLock lock_;
};

Result<Summary> pack(const fs::path& folder, const fs::path& file) {
  ATHANOR_TRY(auto writer, datasets::TarWriter::create(file));
  Manifest manifest;
  Summary summary;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const auto name = entry.path().lexically_relative(folder).string();
    if (entry.is_directory()) {
      ATHANOR_CHECK_OK(writer.add_folder(name));
      continue;
    }
    Digest digest;
    std::uint64_t size = 0;
    ATHANOR_CHECK_OK(writer.add_file(name, entry.path(), [&](std::string_view bytes) {
      digest.add(bytes);
      size += bytes.size();
    }));
    manifest[name] = {size, digest.hex()};
    ++summary.files;
    summary.bytes += size;
  }
  ATHANOR_CHECK_OK(writer.add_text(manifest_name, to_text(manifest)));
  ATHANOR_CHECK_OK(writer.finish());
  return summary;
}

Result<Summary> save(const fs::path& data_folder, const fs::path& file) {
  const auto folder = fs::absolute(data_folder).lexically_normal();
  std::error_code error;
  if (!fs::exists(folder / database_name, error)) {
    return fail(
        ErrorCode::not_found,
        fmt::format("{} holds no database of a server; name its --data-dir", folder.string()));
  }
  // Brings the schema up to date, should no server of this version have run there yet.
  ATHANOR_CHECK_OK(store::open_store(url_of(folder / database_name)));
  ATHANOR_TRY(auto aside, Aside::make(folder));
  bool held = false;
  for (int left = tries; left > 0 && !held; --left) {
    ATHANOR_TRY(held, aside.take());
  }
  if (!held) {
    return fail(ErrorCode::unavailable,
                "too much was uploaded and deleted meanwhile; try again at a quieter time");
  }
  auto packed = pack(aside.path(), file);
  if (!packed && packed.error().code != ErrorCode::conflict) {
    fs::remove(file, error);
  }
  return packed;
}

}  // namespace

Result<Summary> back_up(const fs::path& data_folder, const fs::path& file) {
  try {
    return save(data_folder, file);
  } catch (const fs::filesystem_error& failure) {
    return fail(system_error("cannot read the data folder", failure.code().value()));
  }
}

}  // namespace athanor::backup
