#include "athanor/core/folder_lock.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace athanor {

Result<FolderLock> FolderLock::take(const std::filesystem::path& folder,
                                    std::chrono::milliseconds patience) {
  UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) {
    return fail(system_error("cannot open " + folder.string(), errno));
  }
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      return fail(system_error("cannot lock " + folder.string(), errno));
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      return fail(ErrorCode::conflict, fmt::format("{} is in use", folder.string()));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return FolderLock(std::move(fd));
}

}  // namespace athanor
