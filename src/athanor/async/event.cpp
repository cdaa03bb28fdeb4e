#include "athanor/async/event.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace athanor {

void Event::set() {
  set_ = true;
  for (auto* timer : waiting_) {
    timer->cancel();
  }
}

Awaitable<void> Event::wait() {
  while (!co_await wait_for(std::chrono::hours(24))) {
  }
}

Awaitable<bool> Event::wait_for(std::chrono::milliseconds patience) {
  if (set_) {
    co_return true;
  }
  boost::asio::steady_timer timer(executor_, patience);
  waiting_.push_back(&timer);
  boost::system::error_code cancelled;
  co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
  std::erase(waiting_, &timer);
  co_return set_;
}

}  // namespace athanor
