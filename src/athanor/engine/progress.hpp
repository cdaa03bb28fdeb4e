#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "athanor/engine/job.hpp"

namespace athanor::engine {

/// Says how far a pass over data has come: a status line about every second, a log line about every
/// ten.
class Progress {
 public:
  /// `what` begins the lines: "Evaluating". `job` outlives this object.
  Progress(const Job& job, std::string what, std::int64_t total);

  /// `count` more are done. Throws Stopped where the job was asked to stop.
  void advance(std::int64_t count);

 private:
  using Clock = std::chrono::steady_clock;

  const Job& job_;
  std::string what_;
  std::int64_t total_;
  std::int64_t done_ = 0;
  Clock::time_point began_ = Clock::now();
  Clock::time_point last_status_ = began_;
  Clock::time_point last_log_ = began_;
};

}  // namespace athanor::engine
