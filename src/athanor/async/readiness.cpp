#include "athanor/async/readiness.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace athanor {

Awaitable<bool> Readiness::wait() {
  if (closed_) {
    co_return false;
  }
  boost::system::error_code error;
  co_await descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                                  boost::asio::redirect_error(boost::asio::use_awaitable, error));
  co_return !error && !closed_;
}

void Readiness::close() {
  closed_ = true;
  boost::system::error_code ignored;
  descriptor_.cancel(ignored);
}

}  // namespace athanor
