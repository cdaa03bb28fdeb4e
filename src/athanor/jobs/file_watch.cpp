#include "athanor/jobs/file_watch.hpp"

#include <array>
#include <cerrno>
#include <sys/inotify.h>
#include <unistd.h>
#include <utility>

#include "athanor/core/limits.hpp"

namespace athanor::jobs {

Result<std::unique_ptr<FileWatch>> FileWatch::open(std::filesystem::path file,
                                                   const IoExecutor& executor) {
  UniqueFd inotify(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!inotify.valid()) {
    return fail(system_error("cannot watch the job's folder", errno));
  }
  std::unique_ptr<FileWatch> watch(new FileWatch(std::move(file), std::move(inotify), executor));
  ATHANOR_CHECK_OK(watch->watch_folder());
  watch->watch_file();
  return watch;
}

Awaitable<bool> FileWatch::changed() {
  const bool readable = co_await readiness_.wait();
  if (readable) {
    drain_events();
    // The event may be the creation of folder or file, whose changes only their own watches report.
    // Should that fail now, the caller still looks at the file this time.
    static_cast<void>(watch_folder());
    watch_file();
  }
  co_return readable;
}

Status FileWatch::watch_folder() {
  constexpr std::uint32_t arrivals = IN_CREATE | IN_MOVED_TO | IN_ONLYDIR;
  const auto folder = file_.parent_path();
  if (inotify_add_watch(readiness_.fd(), folder.c_str(), arrivals) >= 0) {
    if (parent_watch_ >= 0) {
      inotify_rm_watch(readiness_.fd(), std::exchange(parent_watch_, -1));
    }
    return {};
  }
  if (errno == ENOENT && parent_watch_ < 0) {
    parent_watch_ = inotify_add_watch(readiness_.fd(), folder.parent_path().c_str(), arrivals);
    // It may have come between the two calls.
    return parent_watch_ < 0 ? Status(fail(system_error("cannot watch the job's folder", errno)))
                             : watch_folder();
  }
  return errno == ENOENT ? Status() : fail(system_error("cannot watch the job's folder", errno));
}

void FileWatch::watch_file() {
  // Fails while the file is missing; the folder's watch tells when it comes.
  inotify_add_watch(readiness_.fd(), file_.c_str(), IN_MODIFY);
}

void FileWatch::drain_events() {
  std::array<char, 16 * limits::kib> buffer;
  while (::read(readiness_.fd(), buffer.data(), buffer.size()) > 0) {
  }
}

}  // namespace athanor::jobs
