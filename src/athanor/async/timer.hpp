#pragma once

#include <chrono>
#include <functional>

#include <boost/asio/steady_timer.hpp>

#include "athanor/async/awaitable.hpp"

namespace athanor {

/// Calls a function later, once. Destroying the timer takes the call back, unless it is due
/// already: the function owns what it uses. Used from one executor.
class Timer {
 public:
  explicit Timer(const IoExecutor& executor) : timer_(executor) {}

  /// Replaces what was to be called.
  void call_after(std::chrono::milliseconds delay, std::function<void()> function);

 private:
  boost::asio::steady_timer timer_;
};

}  // namespace athanor
