#include "athanor/api/byte_pipe.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace athanor::api {

BytePipe::Piece BytePipe::spare_piece() {
  const std::lock_guard lock(mutex_);
  if (spares_.empty()) {
    return {std::make_unique_for_overwrite<char[]>(piece_bytes)};
  }
  Piece piece = std::move(spares_.back());
  spares_.pop_back();
  return piece;
}

Awaitable<bool> BytePipe::push(Piece piece) {
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      if (abandoned_) {
        co_return false;
      }
      if (pieces_.size() < capacity) {
        pieces_.push_back(std::move(piece));
        bytes_.notify_one();
        co_return true;
      }
    }
    // The consumer's wake-up is posted to this executor, so it cannot come before the wait.
    room_.expires_at(std::chrono::steady_clock::time_point::max());
    co_await room_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
}

void BytePipe::close(std::optional<Error> error) {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  error_ = std::move(error);
  bytes_.notify_one();
}

Result<std::size_t> BytePipe::read(std::span<char> buffer) {
  std::unique_lock lock(mutex_);
  bytes_.wait(lock, stopping_, [this] { return !pieces_.empty() || closed_; });
  if (stopping_.stop_requested()) {
    return fail(ErrorCode::unavailable, "the server is stopping; try again later");
  }
  if (pieces_.empty()) {
    return error_ ? Result<std::size_t>(fail(*error_)) : Result<std::size_t>(std::size_t{0});
  }
  auto& front = pieces_.front();
  const auto count = std::min(buffer.size(), front.size - offset_);
  std::copy_n(front.bytes.get() + offset_, count, buffer.data());
  offset_ += count;
  if (offset_ == front.size) {
    spares_.push_back(std::move(front));
    pieces_.pop_front();
    offset_ = 0;
    lock.unlock();
    wake_producer();
  }
  return count;
}

void BytePipe::abandon() {
  {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
  }
  wake_producer();
}

void BytePipe::wake_producer() {
  boost::asio::post(io_, [this] { room_.cancel(); });
}

}  // namespace athanor::api
