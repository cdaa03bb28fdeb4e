#include "athanor/core/disk_calls.hpp"

#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <stdio.h>  // Of renameat2() alone.
#include <sys/stat.h>
#include <unistd.h>

namespace athanor::disk {

namespace {

constexpr int no_fault = -1;

/// Calls that still succeed; negative without a fault, and after it.
std::atomic<int> calls_left = no_fault;
std::atomic<int> fault_errno = 0;

/// Counts a call; whether it is the one that fails.
bool fails() {
  if (calls_left.load(std::memory_order_relaxed) < 0 || calls_left.fetch_sub(1) != 0) {
    return false;
  }
  errno = fault_errno;
  return true;
}

}  // namespace

int open(const char* path, int flags, mode_t mode) {
  return fails() ? -1 : ::open(path, flags, mode);
}

ssize_t write(int fd, const void* data, std::size_t size) {
  if (!fails()) {
    return ::write(fd, data, size);
  }
  // What a full disk does: the first call is short, the next one fails.
  if (::write(fd, data, size / 2) >= 0) {
    errno = fault_errno;
  }
  return -1;
}

int ftruncate(int fd, off_t size) {
  return fails() ? -1 : ::ftruncate(fd, size);
}

int truncate(const char* path, off_t size) {
  return fails() ? -1 : ::truncate(path, size);
}

int fsync(int fd) {
  return fails() ? -1 : ::fsync(fd);
}

int fdatasync(int fd) {
  return fails() ? -1 : ::fdatasync(fd);
}

int syncfs(int fd) {
  return fails() ? -1 : ::syncfs(fd);
}

int rename(const char* from, const char* to) {
  return fails() ? -1 : ::rename(from, to);
}

int mkdir(const char* path, mode_t mode) {
  return fails() ? -1 : ::mkdir(path, mode);
}

int exchange(const char* one, const char* other) {
  return fails() ? -1 : ::renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE);
}

Fault::Fault(int nth, int error_number) {
  fault_errno = error_number;
  calls_left = nth;
}

Fault::~Fault() {
  calls_left = no_fault;
}

bool Fault::happened() const {
  return calls_left < 0;
}

}  // namespace athanor::disk
