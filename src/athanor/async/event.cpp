#include "athanor/async/event.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace athanor {

void Event::set() {
  set_ = true;
  for (const auto& waiting : waiting_) {
    if (const auto timer = waiting.lock()) {
      timer->cancel();
    }
  }
}

Awaitable<void> Event::wait() {
  // Spelt out with a name for everything: with a temporary in a loop's condition, GCC 12 lays out
  // the coroutine's frame in two ways.
  constexpr std::chrono::milliseconds patience = std::chrono::hours(24);
  bool reached = false;
  while (!reached) {
    reached = co_await wait_for(patience);
  }
}

Awaitable<bool> Event::wait_for(std::chrono::milliseconds patience) {
  if (set_) {
    co_return true;
  }
  auto timer = std::make_shared<boost::asio::steady_timer>(executor_, patience);
  waiting_.push_back(timer);
  boost::system::error_code cancelled;
  co_await timer->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
  timer.reset();
  std::erase_if(waiting_, [](const auto& waiting) { return waiting.expired(); });
  co_return set_;
}

}  // namespace athanor
