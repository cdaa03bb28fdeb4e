#pragma once

#include <chrono>
#include <cstddef>

#include "athanor/core/limits.hpp"

namespace athanor::api {

/// Whether a client sends an upload fast enough to keep its place: at least
/// limits::upload_pace_bytes in every limits::upload_pace_window that we waited for it.
class Pace {
 public:
  /// Counts `bytes` that came after `waited`; false when the client is too slow.
  [[nodiscard]] bool keeps_up(std::chrono::nanoseconds waited, std::size_t bytes) {
    waited_ += waited;
    bytes_ += bytes;
    if (waited_ < limits::upload_pace_window) {
      return true;
    }
    const bool enough = bytes_ >= limits::upload_pace_bytes;
    waited_ = {};
    bytes_ = 0;
    return enough;
  }

 private:
  std::chrono::nanoseconds waited_{};
  std::size_t bytes_ = 0;
};

}  // namespace athanor::api
