#include "athanor/jobs/status_follower.hpp"

#include "athanor/contract/job_request.hpp"
#include "athanor/core/log.hpp"

namespace athanor::jobs {

// The watch comes before the first read, so that no line falls between them.
StatusFollower::StatusFollower(const std::filesystem::path& directory, const IoExecutor& executor)
    : reader_(directory / contract::status_file) {
  auto watch = FileWatch::open(directory / contract::status_file, executor);
  if (watch) {
    watch_ = std::move(*watch);
    return;
  }
  closed_ = true;
  log::warning("jobs",
               "cannot follow a job's status",
               {{"job_id", directory.filename().string()}, {"error", watch.error().message}});
}

Awaitable<std::vector<contract::StatusLine>> StatusFollower::next() {
  while (!closed_) {
    if (auto lines = reader_.read(); !lines.empty()) {
      co_return lines;
    }
    const bool changed = co_await watch_->changed();
    if (!changed) {
      break;
    }
  }
  co_return std::vector<contract::StatusLine>();
}

void StatusFollower::close() {
  closed_ = true;
  if (watch_) {
    watch_->close();
  }
}

}  // namespace athanor::jobs
