#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string_view>

#include "athanor/async/awaitable.hpp"
#include "athanor/core/error.hpp"

namespace athanor::http::detail {

using SteadyTime = std::chrono::steady_clock::time_point;

/// A connection's two byte streams. Used from one strand at a time; errors are io when the peer
/// went away or the connection was closed, and timed_out when a deadline passed.
class Transport {
 public:
  virtual ~Transport() = default;

  /// Fills a part of `buffer`; 0 bytes mean that the peer sends no more.
  virtual Awaitable<Result<std::size_t>> read_some(std::span<char> buffer, SteadyTime deadline) = 0;

  /// Sends all of both pieces; `idle` bounds the wait between two bits of progress.
  virtual Awaitable<Status> write(std::string_view first,
                                  std::string_view second,
                                  std::chrono::milliseconds idle) = 0;

  /// Tells the peer that nothing more will come; reading goes on.
  virtual void shutdown_send() = 0;

  /// Ends the waiting operation, if any, and all later ones with an error.
  virtual void close() = 0;
};

}  // namespace athanor::http::detail
