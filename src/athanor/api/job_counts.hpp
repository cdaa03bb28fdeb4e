#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "athanor/core/error.hpp"
#include "athanor/store/store.hpp"

namespace athanor::api {

/// How many jobs there are, for whoever scrapes. A million take long to count, so that a count is
/// kept for twenty times as long as it took: that leaves the store its time however many ask, and a
/// few jobs are counted anew each time. Thread-safe; who comes while others count waits for them.
class JobCounts {
 public:
  using Counts = std::vector<store::JobCount>;
  using Time = std::chrono::steady_clock::time_point;

  explicit JobCounts(std::function<Result<Counts>()> count,
                     std::function<Time()> now = std::chrono::steady_clock::now)
      : count_(std::move(count)), now_(std::move(now)) {}

  [[nodiscard]] Result<Counts> get();

 private:
  std::function<Result<Counts>()> count_;
  std::function<Time()> now_;
  std::mutex mutex_;
  Counts kept_;
  Time kept_until_ = Time::min();
};

}  // namespace athanor::api
