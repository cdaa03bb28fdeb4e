#include "athanor/async/bell.hpp"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace athanor {

namespace asio = boost::asio;

/// A timer's place among those that wait, given up when the wait is over or its coroutine is
/// destroyed.
class Bell::Waiting {
 public:
  Waiting(Bell& bell, std::shared_ptr<Timer> timer, std::uint64_t seen)
      : bell_(bell), timer_(std::move(timer)) {
    needed_ = bell_.state_.with([&](State& state) {
      return state.rings <= seen && state.waiting.emplace(timer_.get(), timer_).second;
    });
  }

  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  ~Waiting() {
    bell_.state_.with([this](State& state) { state.waiting.erase(timer_.get()); });
  }

  /// False when it has rung already.
  [[nodiscard]] bool needed() const { return needed_; }

 private:
  Bell& bell_;
  std::shared_ptr<Timer> timer_;
  bool needed_ = false;
};

std::uint64_t Bell::rings() const {
  return state_.with([](const State& state) { return state.rings; });
}

void Bell::ring() {
  const auto waiting = state_.with([](State& state) {
    ++state.rings;
    return std::exchange(state.waiting, {});
  });
  for (const auto& [key, timer] : waiting) {
    // On the waiter's own strand: by then its wait is under way even if it had not quite begun.
    asio::post(timer->get_executor(), [timer = timer] { timer->cancel(); });
  }
}

Awaitable<bool> Bell::wait(std::uint64_t seen, std::chrono::milliseconds patience) {
  const auto timer =
      std::make_shared<asio::steady_timer>(co_await asio::this_coro::executor, patience);
  const Waiting waiting(*this, timer, seen);
  if (waiting.needed()) {
    const auto [cancelled] = co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
    co_return cancelled || rings() > seen;
  }
  co_return true;
}

}  // namespace athanor
