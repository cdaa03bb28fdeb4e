#include "athanor/jobs/file_watch.hpp"

#include <array>
#include <cerrno>
#include <sys/inotify.h>
#include <unistd.h>

#include "athanor/core/limits.hpp"

namespace athanor::jobs {

Result<std::unique_ptr<FileWatch>> FileWatch::open(std::filesystem::path file,
                                                   const IoExecutor& executor) {
  UniqueFd inotify(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!inotify.valid() ||
      inotify_add_watch(
          inotify.get(), file.parent_path().c_str(), IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) < 0) {
    return fail(system_error("cannot watch the job's folder", errno));
  }
  std::unique_ptr<FileWatch> watch(new FileWatch(std::move(file), std::move(inotify), executor));
  watch->watch_file();
  return watch;
}

Awaitable<bool> FileWatch::changed() {
  const bool readable = co_await readiness_.wait();
  if (readable) {
    drain_events();
    // The event may be the file's creation, whose changes only its own watch reports.
    watch_file();
  }
  co_return readable;
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
