#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "athanor/backup/backup.hpp"
#include "athanor/backup/manifest.hpp"
#include "athanor/core/clock.hpp"
#include "athanor/core/digest.hpp"
#include "athanor/core/disk_calls.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/folder_lock.hpp"
#include "athanor/core/kill_point.hpp"
#include "athanor/core/uuid.hpp"
#include "athanor/datasets/archive_reader.hpp"
#include "athanor/datasets/member_name.hpp"

namespace athanor::backup {

namespace {

namespace fs = std::filesystem;

datasets::ByteSource bytes_of(const UniqueFd& file) {
  return [fd = file.get()](std::span<char> buffer) -> Result<std::size_t> {
    while (true) {
      const auto count = ::read(fd, buffer.data(), buffer.size());
      if (count >= 0) {
        return static_cast<std::size_t>(count);
      }
      if (errno != EINTR) {
        return fail(system_error("cannot read the backup", errno));
      }
    }
  };
}

/// Where a member lies below the folder. Its name may be longer than those of uploads, which stand
/// behind the data folder's own here.
Result<fs::path> place_of(const std::string& name) {
  const auto place = fs::path(name).lexically_normal();
  if (place.empty() || place.is_absolute() || *place.begin() == "..") {
    return fail(ErrorCode::invalid_argument,
                fmt::format("the name \"{}\" leads out of the folder", datasets::shown(name)));
  }
  return place;
}

/// Unpacks an archive into an empty folder and finds out whether it is what its manifest says.
class Unpacking {
 public:
  Unpacking(const UniqueFd& file, const fs::path& folder)
      : reader_(bytes_of(file)), folder_(folder) {}

  Result<Summary> run() {
    ATHANOR_TRY(auto member, reader_.next());
    while (member) {
      ATHANOR_CHECK_OK(take(*member));
      ATHANOR_TRY(member, reader_.next());
    }
    if (manifest_.empty()) {
      return fail(ErrorCode::invalid_argument,
                  "it has no manifest: it is cut short, or none of ours");
    }
    ATHANOR_TRY(const auto promised, parse_manifest(manifest_));
    if (const auto differs = difference(promised, found_); !differs.empty()) {
      return fail(ErrorCode::invalid_argument, differs);
    }
    return summary_;
  }

 private:
  Status take(const datasets::ArchiveMember& member) {
    ATHANOR_TRY(const auto place, place_of(member.name));
    const auto path = folder_ / place;
    if (member.is_folder) {
      return make_private_folder(path);
    }
    if (place == manifest_name) {
      return copy([this](std::string_view bytes) -> Status {
        manifest_.append(bytes);
        return {};
      });
    }
    ATHANOR_CHECK_OK(make_private_folder(path.parent_path()));
    const UniqueFd file(disk::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file.valid()) {
      return fail(system_error("cannot write " + path.string(), errno));
    }
    return write_and_digest(place.string(), file);
  }

  Status write_and_digest(const std::string& name, const UniqueFd& file) {
    Digest digest;
    std::uint64_t size = 0;
    ATHANOR_CHECK_OK(copy([&](std::string_view bytes) -> Status {
      digest.add(bytes);
      size += bytes.size();
      return write_all(file.get(), bytes);
    }));
    found_[name] = {size, digest.hex()};
    ++summary_.files;
    summary_.bytes += size;
    return {};
  }

  template <class Take>
  Status copy(const Take& take) {
    while (true) {
      ATHANOR_TRY(const auto content, reader_.read());
      if (content.empty()) {
        return {};
      }
      ATHANOR_CHECK_OK(take(content));
    }
  }

  datasets::ArchiveReader reader_;
  const fs::path& folder_;
  std::string manifest_;
  Manifest found_;
  Summary summary_;
};

Status sync_file_system(const fs::path& folder) {
  const UniqueFd file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file.valid() || disk::syncfs(file.get()) != 0) {
    return fail(system_error("cannot sync " + folder.string(), errno));
  }
  return {};
}

/// Keeps servers away from the folder that is to be replaced, if there is one.
Result<FolderLock> keep_servers_away(const fs::path& target) {
  std::error_code error;
  if (!fs::is_directory(target, error)) {
    return FolderLock();
  }
  auto lock = FolderLock::take(target);
  if (!lock && lock.error().code == ErrorCode::conflict) {
    return fail(ErrorCode::conflict,
                fmt::format("a server runs on {}: stop it first", target.string()));
  }
  return lock;
}

Error cannot_put_in_place(const fs::path& target, int reason) {
  return system_error("cannot put " + target.string() + " in place", reason);
}

Error cannot_exchange(const fs::path& target, int reason) {
  if (reason != EINVAL && reason != ENOSYS) {
    return cannot_put_in_place(target, reason);
  }
  return {ErrorCode::unsupported,
          fmt::format("the file system of {0} cannot let two folders change places in one step: "
                      "move {0} away, then restore without --force",
                      target.string())};
}

/// Puts `made` where `target` is and keeps that beside it. `made` gets the name of the kept one
/// first: a sudden end in between leaves another copy of the backup under it, where the other order
/// would leave the former data under a name that says nothing of them.
Status exchange(const fs::path& made, const fs::path& target) {
  const fs::path kept = fmt::format("{}.before-restore-{}", target.string(), now_iso());
  if (disk::rename(made.c_str(), kept.c_str()) != 0) {
    return fail(cannot_put_in_place(target, errno));
  }
  pass(KillPoint::restore_named);
  if (disk::exchange(kept.c_str(), target.c_str()) != 0) {
    const int reason = errno;
    std::error_code ignored;
    fs::remove_all(kept, ignored);
    return fail(cannot_exchange(target, reason));
  }
  pass(KillPoint::restore_exchanged);
  return {};
}

/// Puts `made` where `target` is, in one step unless that is empty or missing.
Status put_in_place(const fs::path& made, const fs::path& target) {
  std::error_code error;
  if (fs::exists(target, error) && !fs::is_empty(target, error)) {
    ATHANOR_CHECK_OK(exchange(made, target));
  } else {
    fs::remove(target, error);
    if (disk::rename(made.c_str(), target.c_str()) != 0) {
      return fail(cannot_put_in_place(target, errno));
    }
  }
  return sync_path(target.parent_path());
}

}  // namespace

Result<Summary> restore(const fs::path& file, const fs::path& data_folder, bool force) {
  const auto target = fs::absolute(data_folder / "").parent_path().lexically_normal();
  std::error_code error;
  if (fs::exists(target, error) && !fs::is_empty(target, error) && !force) {
    return fail(ErrorCode::conflict,
                fmt::format("{} holds something already: name another --data-dir, or give --force "
                            "to keep that aside",
                            target.string()));
  }
  ATHANOR_TRY(const auto lock, keep_servers_away(target));
  const UniqueFd archive(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!archive.valid()) {
    auto missing = system_error("cannot open " + file.string(), errno);
    missing.code = ErrorCode::not_found;
    return fail(std::move(missing));
  }
  const fs::path made = target.string() + ".restore-" + Uuid::random().to_string();
  ATHANOR_CHECK_OK(make_private_folder(made));
  auto unpacked = Unpacking(archive, made).run();
  auto placed = unpacked ? sync_file_system(made) : Status();
  if (unpacked && placed) {
    placed = put_in_place(made, target);
  }
  if (!unpacked || !placed) {
    fs::remove_all(made, error);
    return fail(unpacked ? placed.error() : unpacked.error().within(file.string()));
  }
  return unpacked;
}

}  // namespace athanor::backup
