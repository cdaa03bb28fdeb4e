#include "athanor/async/task.hpp"

#include <exception>
#include <string>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/strand.hpp>

#include "athanor/core/log.hpp"

namespace athanor {

IoExecutor make_strand(IoExecutor executor) {
  return boost::asio::make_strand(executor);
}

void spawn(IoExecutor executor, std::string_view module, Awaitable<void> task) {
  auto report = [module = std::string(module)](const std::exception_ptr& failure) {
    if (!failure) {
      return;
    }
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      log::error(module, "a task ended by an exception", {{"what", error.what()}});
    }
  };
  boost::asio::co_spawn(std::move(executor), std::move(task), std::move(report));
}

Awaitable<void> both(Awaitable<void> first, Awaitable<void> second) {
  using boost::asio::experimental::awaitable_operators::operator&&;
  co_await (std::move(first) && std::move(second));
}

}  // namespace athanor
