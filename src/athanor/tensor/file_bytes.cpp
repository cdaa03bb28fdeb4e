#include "athanor/tensor/file_bytes.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace athanor::tensor {

Result<UniqueFd> open_to_read(const std::filesystem::path& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) {
    const int reason = errno;
    auto error = system_error("cannot open " + path.filename().string(), reason);
    error.code = reason == ENOENT ? ErrorCode::not_found : ErrorCode::io;
    return fail(std::move(error));
  }
  return fd;
}

Result<std::uint64_t> bytes_in(int fd) {
  struct stat info {};

  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    return fail(ErrorCode::io, "it is no regular file");
  }
  return static_cast<std::uint64_t>(info.st_size);
}

Status read_exactly(int fd, void* target, std::uint64_t count, std::uint64_t offset) {
  auto* place = static_cast<char*>(target);
  while (count > 0) {
    const auto got = ::pread(fd, place, count, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return fail(system_error("cannot read", errno));
    }
    if (got == 0) {
      return fail(ErrorCode::io, "the file became shorter while it was read");
    }
    const auto advance = static_cast<std::uint64_t>(got);
    place += advance;
    offset += advance;
    count -= advance;
  }
  return {};
}

}  // namespace athanor::tensor
