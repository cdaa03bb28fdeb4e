#pragma once

#include <cstddef>
#include <sys/types.h>

/// The system calls that change the disk, as all code that promises to keep what it wrote makes
/// them: a test can let any of them fail.
namespace athanor::disk {

/// Like the calls of these names: -1 and errno on failure.
[[nodiscard]] int open(const char* path, int flags, mode_t mode = 0);
[[nodiscard]] ssize_t write(int fd, const void* data, std::size_t size);
[[nodiscard]] int ftruncate(int fd, off_t size);
[[nodiscard]] int truncate(const char* path, off_t size);
[[nodiscard]] int fsync(int fd);
[[nodiscard]] int fdatasync(int fd);
[[nodiscard]] int syncfs(int fd);
[[nodiscard]] int rename(const char* from, const char* to);
[[nodiscard]] int mkdir(const char* path, mode_t mode);

/// Lets two paths change places in one step; EINVAL where the file system cannot.
[[nodiscard]] int exchange(const char* one, const char* other);

/// While it lives, the `nth` of these calls in this process, counted from 0, fails with
/// `error_number`; a write that fails has written half of its data before. One at a time.
class Fault {
 public:
  Fault(int nth, int error_number);
  ~Fault();

  Fault(const Fault&) = delete;
  Fault& operator=(const Fault&) = delete;

  /// Whether it came to that call.
  [[nodiscard]] bool happened() const;
};

}  // namespace athanor::disk
