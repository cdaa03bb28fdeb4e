#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <utility>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "athanor/async/awaitable.hpp"
#include "athanor/core/error.hpp"
#include "athanor/core/limits.hpp"

namespace athanor::api {

/// Carries bytes from a coroutine (a request's body) to a thread that blocks on them (the archive
/// reader), a few pieces at a time, so that neither outruns the other.
class BytePipe {
 public:
  /// Memory of `piece_bytes`, and how much of it is filled.
  struct Piece {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
  };

  static constexpr std::size_t piece_bytes = 128 * limits::kib;

  /// `io` is the producer's executor (its strand). Once `stopping` is asked to stop, the consumer
  /// waits no longer: an executor that has stopped never goes on with the producer.
  BytePipe(IoExecutor io, std::stop_token stopping)
      : io_(io), room_(io), stopping_(std::move(stopping)) {}

  /// Producer: a piece to fill. Its memory is that of one that was read, where there is one: fresh
  /// memory for each would be cleared by the system every time.
  [[nodiscard]] Piece spare_piece();

  /// Producer: hands over a piece; waits while the pipe is full. False when the consumer is gone.
  Awaitable<bool> push(Piece piece);

  /// Producer: no more bytes; with an error, the consumer's read fails with it.
  void close(std::optional<Error> error = std::nullopt);

  /// Consumer: blocks for bytes; 0 is the end. Errors: the producer's, and unavailable when it is
  /// to stop.
  [[nodiscard]] Result<std::size_t> read(std::span<char> buffer);

  /// Consumer: reads no more; the producer's push returns false.
  void abandon();

 private:
  static constexpr std::size_t capacity = 4;  ///< Pieces; a piece is what one socket read gives.

  void wake_producer();

  IoExecutor io_;
  boost::asio::steady_timer room_;
  std::stop_token stopping_;
  std::mutex mutex_;
  std::condition_variable_any bytes_;
  std::deque<Piece> pieces_;
  std::vector<Piece> spares_;
  std::size_t offset_ = 0;  ///< Read so far of the front piece.
  bool closed_ = false;
  bool abandoned_ = false;
  std::optional<Error> error_;
};

}  // namespace athanor::api
