#include "athanor/jobs/log_feed.hpp"

#include <utility>
#include <vector>

#include <boost/asio/post.hpp>

#include "athanor/async/task.hpp"
#include "athanor/contract/job_request.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/log.hpp"
#include "athanor/jobs/file_watch.hpp"
#include "athanor/jobs/job_preparation.hpp"

namespace athanor::jobs {

namespace {

Awaitable<void> ring_on_change(std::shared_ptr<FileWatch> watch, std::weak_ptr<LogFeed> followed) {
  bool open = co_await watch->changed();
  while (open) {
    if (const auto feed = followed.lock()) {
      feed->bell.ring();
    }
    open = co_await watch->changed();
  }
}

}  // namespace

struct LogFeeds::State : std::enable_shared_from_this<LogFeeds::State> {
  struct Shared {
    std::unordered_map<Uuid, std::weak_ptr<LogFeed>> feeds;
    bool closed = false;
  };

  State(std::filesystem::path folder, IoExecutor executor)
      : data_folder(std::move(folder)), io(std::move(executor)) {}

  Result<std::shared_ptr<LogFeed>> open(Uuid job) {
    const auto directory = job_directory(data_folder, job);
    ATHANOR_CHECK_OK(make_private_folder(directory.parent_path()));
    const IoExecutor strand = make_strand(io);
    auto opened = FileWatch::open(directory / contract::log_file, strand);
    if (!opened) {
      log::warning("jobs",
                   "cannot follow a log; does fs.inotify.max_user_instances allow more?",
                   {{"job_id", job.to_string()}, {"error", opened.error().message}});
      return fail(ErrorCode::unavailable,
                  "the server follows as many logs as its system allows; try again later");
    }
    const std::shared_ptr<FileWatch> watch = std::move(*opened);
    const std::shared_ptr<LogFeed> feed(
        new LogFeed, [self = shared_from_this(), job, strand, watch](LogFeed* last) {
          delete last;
          self->forget(job, strand, watch);
        });
    feed->directory = directory;
    spawn(strand, "jobs", ring_on_change(watch, feed));
    return feed;
  }

  void forget(Uuid job, const IoExecutor& strand, const std::shared_ptr<FileWatch>& watch) {
    shared.with([&](Shared& all) {
      if (const auto found = all.feeds.find(job);
          found != all.feeds.end() && found->second.expired()) {
        all.feeds.erase(found);
      }
      // Once closed, `io` is about to go and takes the watches along.
      if (!all.closed) {
        boost::asio::post(strand, [watch] { watch->close(); });
      }
    });
  }

  std::filesystem::path data_folder;
  IoExecutor io;
  Guarded<Shared> shared;
};

LogFeeds::LogFeeds(std::filesystem::path data_folder, const IoExecutor& io)
    : state_(std::make_shared<State>(std::move(data_folder), io)) {}

LogFeeds::~LogFeeds() {
  close();
}

Result<std::shared_ptr<LogFeed>> LogFeeds::follow(Uuid job) {
  return state_->shared.with([&](State::Shared& all) -> Result<std::shared_ptr<LogFeed>> {
    if (all.closed) {
      return fail(ErrorCode::unavailable, "the server is stopping");
    }
    if (const auto found = all.feeds.find(job); found != all.feeds.end()) {
      if (auto feed = found->second.lock()) {
        return feed;
      }
    }
    ATHANOR_TRY(auto feed, state_->open(job));
    all.feeds[job] = feed;
    return feed;
  });
}

void LogFeeds::job_changed(Uuid job, bool ended) {
  const auto feed = state_->shared.with([job](State::Shared& all) {
    const auto found = all.feeds.find(job);
    return found == all.feeds.end() ? nullptr : found->second.lock();
  });
  if (feed) {
    feed->job_ended = ended;
    feed->bell.ring();
  }
}

void LogFeeds::close() {
  std::vector<std::shared_ptr<LogFeed>> open;
  state_->shared.with([&open](State::Shared& all) {
    all.closed = true;
    for (const auto& [job, weak] : all.feeds) {
      if (auto feed = weak.lock()) {
        open.push_back(std::move(feed));
      }
    }
    all.feeds.clear();
  });
  for (const auto& feed : open) {
    feed->closed = true;
    feed->bell.ring();
  }
}

}  // namespace athanor::jobs
