#include "athanor/async/task.hpp"

#include <exception>
#include <string>

#include <boost/asio/strand.hpp>

#include "athanor/async/event.hpp"
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

// Asio's own `first && second` fails under GCC 12, which destroys its temporary closures twice.
Awaitable<void> both(Awaitable<void> first, Awaitable<void> second) {
  const IoExecutor executor = co_await boost::asio::this_coro::executor;
  Event first_ended(executor);
  std::exception_ptr first_failure;
  std::exception_ptr second_failure;
  boost::asio::co_spawn(executor, std::move(first), [&](std::exception_ptr failure) {
    first_failure = std::move(failure);
    first_ended.set();
  });
  try {
    co_await std::move(second);
  } catch (...) {
    second_failure = std::current_exception();
  }
  co_await first_ended.wait();
  for (const auto& failure : {first_failure, second_failure}) {
    if (failure) {
      std::rethrow_exception(failure);
    }
  }
}

}  // namespace athanor
