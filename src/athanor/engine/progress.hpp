#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "athanor/engine/job.hpp"

namespace athanor::engine {

/// Says how far a pass over data has come: a status line and a log line about every second.
class Progress {
 public:
  /// `what` begins the lines: "Evaluating". `job` outlives this object.
  Progress(const Job& job, std::string what, std::int64_t total);

  void advance(std::int64_t count);

 private:
  using Clock = std::chrono::steady_clock;

  const Job& job_;
  std::string what_;
  std::int64_t total_;
  std::int64_t done_ = 0;
  Clock::time_point began_ = Clock::now();
  Clock::time_point last_line_ = began_;
};

}  // namespace athanor::engine
