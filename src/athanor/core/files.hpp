#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "athanor/core/error.hpp"

namespace athanor {

/// An open file descriptor, closed with its owner.
class UniqueFd {
 public:
  UniqueFd() = default;

  explicit UniqueFd(int fd) : fd_(fd) {}

  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}

  UniqueFd& operator=(UniqueFd&& other) noexcept {
    reset(other.release());
    return *this;
  }

  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;

  ~UniqueFd() { reset(); }

  [[nodiscard]] int get() const { return fd_; }

  [[nodiscard]] bool valid() const { return fd_ >= 0; }

  [[nodiscard]] int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }

  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

/// An error with the system's text for `error_number`: unavailable where space lacks, else io.
[[nodiscard]] Error system_error(std::string_view what, int error_number);

/// The whole file; files over `max_bytes` are refused as too_large.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path,
                                            std::uint64_t max_bytes = 1ULL << 32);

/// Takes the next bytes of a file.
using ByteSink = std::function<Status(std::string_view bytes)>;

/// Hands all bytes of a file to the sink, from front to back; where it fails, so does this.
using FileContent = std::function<Status(const ByteSink& sink)>;

/// Writes under a temporary name in the same folder, syncs file and folder, renames: a reader or
/// a crash sees the old content or the new, never a part.
[[nodiscard]] Status write_file_atomic(const std::filesystem::path& path, std::string_view content);

/// The same for content of which no more than a piece may be in memory.
[[nodiscard]] Status write_file_atomic(const std::filesystem::path& path,
                                       const FileContent& content);

/// The same for content that `fill` writes to the descriptor that it gets; its error is handed on.
[[nodiscard]] Status fill_file_atomic(const std::filesystem::path& path,
                                      const std::function<Status(int fd)>& fill);

/// Whether write_file_atomic() is still at work on a file of this name, or was when it was killed.
[[nodiscard]] bool is_temporary_name(const std::filesystem::path& path);

/// All of `content` to `fd`, across short writes and interrupts.
[[nodiscard]] Status write_all(int fd, std::string_view content);

/// fsync of a file or folder by name.
[[nodiscard]] Status sync_path(const std::filesystem::path& path);

/// Makes the folder and its missing parents with mode 0700.
[[nodiscard]] Status make_private_folder(const std::filesystem::path& path);

/// Removes a tree; missing is fine. Waits a moment for a process that still makes files in it.
[[nodiscard]] Status remove_tree(const std::filesystem::path& path);

}  // namespace athanor
