#include "athanor/engine/progress.hpp"

#include <utility>

#include <fmt/format.h>

namespace athanor::engine {

Progress::Progress(const Job& job, std::string what, std::int64_t total)
    : job_(job), what_(std::move(what)), total_(total) {}

void Progress::advance(std::int64_t count) {
  done_ += count;
  if (job_.stop.stop_requested()) {
    throw Stopped(fmt::format("Stopped after {} of {} pictures", done_, total_));
  }
  const auto now = Clock::now();
  const bool is_last = done_ >= total_;
  if (now - last_status_ < std::chrono::seconds(1) && !is_last) {
    return;
  }
  last_status_ = now;
  const std::chrono::duration<double> time = now - began_;
  contract::StatusLine line;
  line.message = fmt::format("{}: {} of {} pictures, {:.1f} pictures/s",
                             what_,
                             done_,
                             total_,
                             static_cast<double>(done_) / time.count());
  if (now - last_log_ >= std::chrono::seconds(10) || is_last) {
    last_log_ = now;
    job_.log(line.message);
  }
  job_.status.write(std::move(line));
}

}  // namespace athanor::engine
