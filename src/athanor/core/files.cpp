#include "athanor/core/files.hpp"

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

#include "athanor/core/disk_calls.hpp"
#include "athanor/core/kill_point.hpp"
#include "athanor/core/temporary_files.hpp"
#include "athanor/core/uuid.hpp"

namespace athanor {

namespace fs = std::filesystem;

namespace {

/// How long a process whose server has ended may go on making files in a folder that is removed.
constexpr auto removal_patience = std::chrono::seconds(2);

}  // namespace

void UniqueFd::reset(int fd) {
  if (fd_ >= 0) {
    ::close(fd_);
  }
  fd_ = fd;
}

Error system_error(std::string_view what, int error_number) {
  // A limit on file sizes (EFBIG) is met like a full disk: what was asked for can work later.
  const bool is_full = error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG;
  return {is_full ? ErrorCode::unavailable : ErrorCode::io,
          fmt::format("{}: {}{}",
                      what,
                      std::generic_category().message(error_number),
                      is_full ? "; free some space, then try again" : "")};
}

Result<std::string> read_file(const fs::path& path, std::uint64_t max_bytes) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const auto name = path.filename().string();
  if (!fd.valid()) {
    const int reason = errno;
    auto error = system_error("cannot open " + name, reason);
    error.code = reason == ENOENT ? ErrorCode::not_found : ErrorCode::io;
    return fail(std::move(error));
  }
  std::string content;
  char buffer[1 << 16];
  while (true) {
    const auto count = ::read(fd.get(), buffer, sizeof buffer);
    if (count == 0) {
      return content;
    }
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return fail(system_error("cannot read " + name, errno));
    }
    content.append(buffer, static_cast<std::size_t>(count));
    if (content.size() > max_bytes) {
      return fail(ErrorCode::too_large, fmt::format("{} is larger than {} bytes", name, max_bytes));
    }
  }
}

Status write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const auto count = disk::write(fd, content.data(), content.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return fail(system_error("cannot write", errno));
    }
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Status sync_path(const fs::path& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid() || disk::fsync(fd.get()) != 0) {
    return fail(system_error("cannot sync " + path.filename().string(), errno));
  }
  return {};
}

Status write_file_atomic(const fs::path& path, std::string_view content) {
  return write_file_atomic(path, [content](const ByteSink& sink) { return sink(content); });
}

Status write_file_atomic(const fs::path& path, const FileContent& content) {
  return fill_file_atomic(path, [&](int fd) -> Status {
    auto written = content([fd](std::string_view bytes) { return write_all(fd, bytes); });
    return written ? written : fail(written.error().within(path.filename().string()));
  });
}

Status fill_file_atomic(const fs::path& path, const std::function<Status(int fd)>& fill) {
  const fs::path temporary = path.string() + temporary_infix + Uuid::random().to_string();
  const auto abandon = [&temporary](Error error) -> Status {
    ::unlink(temporary.c_str());
    return fail(std::move(error));
  };
  UniqueFd fd(disk::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd.valid()) {
    return fail(system_error("cannot create " + path.filename().string(), errno));
  }
  if (auto filled = fill(fd.get()); !filled) {
    return abandon(std::move(filled).error());
  }
  pass(KillPoint::file_written);
  if (disk::fsync(fd.get()) != 0) {
    return abandon(system_error("cannot sync " + path.filename().string(), errno));
  }
  fd.reset();
  pass(KillPoint::file_synced);
  if (disk::rename(temporary.c_str(), path.c_str()) != 0) {
    return abandon(system_error("cannot rename " + path.filename().string(), errno));
  }
  pass(KillPoint::file_renamed);
  return sync_path(path.parent_path().empty() ? fs::path(".") : path.parent_path());
}

bool is_temporary_name(const fs::path& path) {
  const std::string name = path.filename().string();
  const std::string_view infix = temporary_infix;
  const auto mark = name.rfind(infix);
  return mark != std::string::npos &&
         Uuid::parse(std::string_view(name).substr(mark + infix.size())).has_value();
}

Status make_private_folder(const fs::path& path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error).lexically_normal();
  fs::path partial;
  for (const auto& part : absolute) {
    partial /= part;
    if (part.empty() || fs::is_directory(partial, error)) {
      continue;
    }
    if (disk::mkdir(partial.c_str(), 0700) != 0 && errno != EEXIST) {
      return fail(system_error("cannot create the folder " + partial.string(), errno));
    }
  }
  return {};
}

Status remove_tree(const fs::path& path) {
  const auto deadline = std::chrono::steady_clock::now() + removal_patience;
  std::error_code error;
  fs::remove_all(path, error);
  while (error == std::errc::directory_not_empty && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    fs::remove_all(path, error);
  }
  if (error) {
    return fail(system_error("cannot remove " + path.filename().string(), error.value()));
  }
  return {};
}

}  // namespace athanor
