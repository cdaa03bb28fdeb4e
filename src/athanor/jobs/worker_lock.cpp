#include "athanor/jobs/worker_lock.hpp"

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <thread>

namespace athanor::jobs {
namespace {

/// What a byte of the lock file stands for.
constexpr off_t launching = 0;
constexpr off_t living = 1;

constexpr std::chrono::seconds patience{2};

/// Open file description locks: unlike those of fcntl's older kind they are inherited and end with
/// the last descriptor, and unlike flock() they know bytes.
struct flock lock_on(off_t byte, short type) {
  struct flock lock {};

  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = byte;
  lock.l_len = 1;
  return lock;
}

Result<UniqueFd> open_lock(const std::filesystem::path& directory, int flags) {
  UniqueFd fd(::open((directory / worker_lock_file).c_str(), O_RDWR | O_CLOEXEC | flags, 0600));
  if (!fd.valid()) {
    const int reason = errno;
    Error error = system_error("cannot open the job's lock", reason);
    error.code = reason == ENOENT ? ErrorCode::not_found : error.code;
    return fail(std::move(error));
  }
  return fd;
}

Status lock_soon(int fd, off_t byte) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    struct flock lock = lock_on(byte, F_WRLCK);
    if (::fcntl(fd, F_OFD_SETLK, &lock) == 0) {
      return {};
    }
    if (errno != EAGAIN && errno != EACCES && errno != EINTR) {
      return fail(system_error("cannot lock the job's directory", errno));
    }
    if (std::chrono::steady_clock::now() > deadline) {
      return fail(ErrorCode::conflict,
                  "a process that the job's former worker started still runs: end it, then resume "
                  "the job");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace

Result<UniqueFd> lock_for_launch(const std::filesystem::path& directory) {
  ATHANOR_TRY(UniqueFd fd, open_lock(directory, O_CREAT));
  ATHANOR_CHECK_OK(lock_soon(fd.get(), living));
  ATHANOR_CHECK_OK(lock_soon(fd.get(), launching));
  return fd;
}

Status end_launch(int lock) {
  struct flock unlock = lock_on(launching, F_UNLCK);
  if (::fcntl(lock, F_OFD_SETLK, &unlock) != 0) {
    return fail(system_error("cannot release the job's lock", errno));
  }
  return {};
}

Result<bool> worker_lives(const std::filesystem::path& directory) {
  const auto fd = open_lock(directory, 0);
  if (!fd && fd.error().code == ErrorCode::not_found) {
    return false;
  }
  if (!fd) {
    return fail(fd.error());
  }
  struct flock launch = lock_on(launching, F_RDLCK);
  while (::fcntl(fd->get(), F_OFD_SETLKW, &launch) != 0) {
    if (errno != EINTR) {
      return fail(system_error("cannot wait for a worker's launch", errno));
    }
  }
  struct flock life = lock_on(living, F_WRLCK);
  if (::fcntl(fd->get(), F_OFD_GETLK, &life) != 0) {
    return fail(system_error("cannot ask for the job's lock", errno));
  }
  return life.l_type != F_UNLCK;
}

}  // namespace athanor::jobs
