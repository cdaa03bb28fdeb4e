#include "athanor/async/places.hpp"

#include <deque>
#include <mutex>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace athanor {

struct Places::Waiter {
  explicit Waiter(const IoExecutor& executor) : timer(executor) {}

  boost::asio::steady_timer timer;
  bool has_place = false;  ///< Guarded by the state's mutex.
};

struct Places::State {
  explicit State(std::size_t count) : free(count) {}

  void give_back() {
    const std::lock_guard lock(mutex);
    if (line.empty()) {
      ++free;
      return;
    }
    const auto next = std::move(line.front());
    line.pop_front();
    next->has_place = true;
    // The line runs on serial executors, so this cannot come before the waiter's wait.
    boost::asio::post(next->timer.get_executor(), [next] { next->timer.cancel(); });
  }

  /// Takes a waiter out of the line; whether it had got a place.
  bool leave(const std::shared_ptr<Waiter>& waiter) {
    const std::lock_guard lock(mutex);
    std::erase(line, waiter);
    return std::exchange(waiter->has_place, false);
  }

  mutable std::mutex mutex;
  std::size_t free;
  std::deque<std::shared_ptr<Waiter>> line;
};

Places::Token::~Token() {
  if (state_) {
    state_->give_back();
  }
}

Places::Places(std::size_t count) : state_(std::make_shared<State>(count)) {}

std::size_t Places::waiting() const {
  const std::lock_guard lock(state_->mutex);
  return state_->line.size();
}

Awaitable<std::optional<Places::Token>> Places::take(std::chrono::milliseconds patience) {
  /// Also when the coroutine is destroyed while it waits.
  struct Leaving {
    std::shared_ptr<State> state;
    std::shared_ptr<Waiter> waiter;

    ~Leaving() {
      if (state->leave(waiter)) {
        state->give_back();
      }
    }
  };

  const auto state = state_;
  const auto waiter = std::make_shared<Waiter>(co_await boost::asio::this_coro::executor);
  {
    const std::lock_guard lock(state->mutex);
    if (state->free > 0) {
      --state->free;
      co_return Token(state);
    }
    state->line.push_back(waiter);
  }
  const Leaving leaving{state, waiter};
  waiter->timer.expires_after(patience);
  boost::system::error_code cancelled;
  co_await waiter->timer.async_wait(
      boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
  if (state->leave(waiter)) {
    co_return Token(state);
  }
  co_return std::nullopt;
}

}  // namespace athanor
