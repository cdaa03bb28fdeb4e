#include "athanor/async/timer.hpp"

#include <utility>

namespace athanor {

void Timer::call_after(std::chrono::milliseconds delay, std::function<void()> function) {
  timer_.expires_after(delay);
  timer_.async_wait([function = std::move(function)](const boost::system::error_code& cancelled) {
    if (!cancelled) {
      function();
    }
  });
}

}  // namespace athanor
