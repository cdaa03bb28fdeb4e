#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include <boost/asio/steady_timer.hpp>

#include "athanor/async/awaitable.hpp"
#include "athanor/core/guarded.hpp"

namespace athanor {

/// Wakes all coroutines that wait for it, whatever their executors. It counts its rings, so that
/// one between a look at the state and the wait is not missed. Thread-safe; every waiter runs on a
/// strand.
class Bell {
 public:
  [[nodiscard]] std::uint64_t rings() const;

  void ring();

  /// Waits until it has rung more often than `seen`, no longer than `patience`; whether it has.
  Awaitable<bool> wait(std::uint64_t seen, std::chrono::milliseconds patience);

 private:
  using Timer = boost::asio::steady_timer;

  struct State {
    std::uint64_t rings = 0;
    std::unordered_map<const Timer*, std::shared_ptr<Timer>> waiting;
  };

  class Waiting;

  Guarded<State> state_;
};

}  // namespace athanor
