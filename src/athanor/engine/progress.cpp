#include "athanor/engine/progress.hpp"

#include <utility>

#include <fmt/format.h>

namespace athanor::engine {

Progress::Progress(const Job& job, std::string what, std::int64_t total)
    : job_(job), what_(std::move(what)), total_(total) {}

void Progress::advance(std::int64_t count) {
  done_ += count;
  const auto now = Clock::now();
  if (now - last_line_ < std::chrono::seconds(1) && done_ < total_) {
    return;
  }
  last_line_ = now;
  const std::chrono::duration<double> time = now - began_;
  contract::StatusLine line;
  line.message = fmt::format("{}: {} of {} pictures, {:.1f} pictures/s",
                             what_,
                             done_,
                             total_,
                             static_cast<double>(done_) / time.count());
  job_.log(line.message);
  job_.status.write(std::move(line));
}

}  // namespace athanor::engine
