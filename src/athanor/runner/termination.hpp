#pragma once

#include <stop_token>
#include <thread>

namespace athanor::runner {

/// Turns SIGTERM and SIGINT into a stop request while it lives; one at a time in a process.
/// A handler rather than blocked signals: libraries start threads before main, which would not
/// have them blocked.
class Termination {
 public:
  Termination();
  ~Termination();

  Termination(const Termination&) = delete;
  Termination& operator=(const Termination&) = delete;

  [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }

 private:
  std::stop_source stop_;
  std::jthread waiter_;
};

}  // namespace athanor::runner
