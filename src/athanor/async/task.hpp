#pragma once

#include <string_view>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "athanor/async/awaitable.hpp"
#include "athanor/async/scoped_executor.hpp"

namespace athanor {

/// A serial executor on top of `executor`: what runs on it never runs at the same time.
[[nodiscard]] IoExecutor make_strand(IoExecutor executor);

/// Starts `task` on `executor` and returns at once. Nobody waits for it, so an exception that
/// escapes from it is logged under `module`.
void spawn(IoExecutor executor, std::string_view module, Awaitable<void> task);

/// Both tasks at the same time on the caller's executor, a strand, to the end of the later one.
Awaitable<void> both(Awaitable<void> first, Awaitable<void> second);

/// Runs `task` on another executor, under the caller's log context, and gives its result where the
/// caller runs. The caller's cancellation does not reach into it: once begun, it goes to its end.
template <class T>
Awaitable<T> run_on(IoExecutor executor, Awaitable<T> task) {
  auto shielded = [](Awaitable<T> inner) -> Awaitable<T> {
    co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
    co_return co_await std::move(inner);
  };
  co_return co_await boost::asio::co_spawn(in_current_context(std::move(executor)),
                                           shielded(std::move(task)),
                                           boost::asio::use_awaitable);
}

}  // namespace athanor
