#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace athanor::data {

/// Lowers the calling thread's priority, so that loading fills the gaps of computing.
void yield_to_compute();

/// How many items of a sequence `workers` threads have ready or in the making: `wanted`, or two for
/// each thread where that is 0. Without threads none is made ahead.
[[nodiscard]] constexpr std::int64_t items_ahead(int workers, std::int64_t wanted = 0) {
  if (workers == 0) {
    return 0;
  }
  return wanted > 0 ? wanted : std::int64_t{2} * workers;
}

/// Makes items 0, 1, 2 ... of a sequence ahead of time on worker threads and hands them out in
/// order, so that the result does not depend on the number of workers. With no workers each item
/// is made when it is asked for. One consumer; `produce` is called from all workers at once.
template <class T>
class Prefetcher {
 public:
  using Produce = std::function<T(std::size_t index)>;

  /// Items `first` to `end`-1. At most items_ahead() of them are made before they are asked for.
  Prefetcher(
      std::size_t first, std::size_t end, int workers, Produce produce, std::int64_t ahead = 0)
      : next_(first),
        claimed_(first),
        end_(end),
        ahead_(static_cast<std::size_t>(items_ahead(workers, ahead))),
        produce_(std::move(produce)) {
    for (int i = 0; i < workers; ++i) {
      workers_.emplace_back([this](const std::stop_token& stop) { work(stop); });
    }
  }

  /// The next item, or none at the end. What `produce` threw for it is thrown here.
  std::optional<T> next() {
    if (next_ == end_) {
      return std::nullopt;
    }
    if (workers_.empty()) {
      return produce_(next_++);
    }
    std::unique_lock lock(mutex_);
    made_.wait(lock, [this] { return ready_.contains(next_); });
    auto node = ready_.extract(next_++);
    lock.unlock();
    room_.notify_all();
    if (auto* error = std::get_if<std::exception_ptr>(&node.mapped())) {
      std::rethrow_exception(*error);
    }
    return std::move(std::get<T>(node.mapped()));
  }

 private:
  using Outcome = std::variant<T, std::exception_ptr>;

  void work(const std::stop_token& stop) {
    yield_to_compute();
    while (const auto index = claim(stop)) {
      auto outcome = attempt(*index);
      {
        const std::lock_guard lock(mutex_);
        ready_.emplace(*index, std::move(outcome));
      }
      made_.notify_one();
    }
  }

  /// The index of the next item to make, once there is room for it.
  std::optional<std::size_t> claim(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    const bool has_room =
        room_.wait(lock, stop, [this] { return claimed_ == end_ || claimed_ < next_ + ahead_; });
    if (!has_room || claimed_ == end_) {
      return std::nullopt;
    }
    return claimed_++;
  }

  Outcome attempt(std::size_t index) {
    try {
      return produce_(index);
    } catch (...) {
      return std::current_exception();
    }
  }

  std::mutex mutex_;
  std::condition_variable made_;
  std::condition_variable_any room_;
  std::map<std::size_t, Outcome> ready_;
  std::size_t next_;
  std::size_t claimed_;
  std::size_t end_;
  std::size_t ahead_;
  Produce produce_;
  /// Last, so that the threads have ended before what they use goes.
  std::vector<std::jthread> workers_;
};

}  // namespace athanor::data
