#pragma once

#include <stop_token>
#include <thread>

namespace athanor::runner {

/// Turns SIGTERM and SIGINT into a stop request. Make it in main before any other thread, so that
/// all inherit the blocked signals.
class Termination {
 public:
  Termination();
  ~Termination();

  Termination(const Termination&) = delete;
  Termination& operator=(const Termination&) = delete;

  [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }

 private:
  void wait_for_signal(const std::stop_token& ended);

  std::stop_source stop_;
  std::jthread waiter_;
};

}  // namespace athanor::runner
