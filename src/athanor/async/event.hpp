#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "athanor/async/awaitable.hpp"

namespace athanor {

/// A flag that coroutines can wait for; once set it stays set. Used from one executor.
class Event {
 public:
  explicit Event(IoExecutor executor) : executor_(std::move(executor)) {}

  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void set();

  [[nodiscard]] bool is_set() const { return set_; }

  Awaitable<void> wait();

  /// Waits no longer than `patience`; whether it is set then.
  Awaitable<bool> wait_for(std::chrono::milliseconds patience);

 private:
  IoExecutor executor_;
  bool set_ = false;
  /// A timer goes with its coroutine, which may be destroyed while it waits.
  std::vector<std::weak_ptr<boost::asio::steady_timer>> waiting_;
};

}  // namespace athanor
