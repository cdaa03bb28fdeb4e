#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "athanor/async/awaitable.hpp"
#include "athanor/core/log.hpp"

namespace athanor {

/// Threads for what blocks (database, disk, archives), so that the I/O threads never do.
/// The caller's coroutine goes on where it was, on its own executor.
class BlockingPool {
 public:
  explicit BlockingPool(std::size_t threads) : pool_(threads) {}

  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  ~BlockingPool() { pool_.join(); }

  /// Runs `function()` on the pool under the caller's log context and gives its result; its
  /// exceptions pass through. The caller waits, so `function` captures by reference what is the
  /// caller's own.
  template <class F>
  Awaitable<std::invoke_result_t<F>> run(F function) {
    using T = std::invoke_result_t<F>;
    static_assert(std::is_trivially_copyable_v<F>,
                  "capture by reference: GCC 12 destroys a closure in a co_await expression twice");
    auto result = co_await boost::asio::co_spawn(
        pool_, call<T, F>(std::move(function), log::current_context()), boost::asio::use_awaitable);
    co_return std::move(*result);
  }

 private:
  /// co_spawn wants results that can be default-constructed; an optional always can.
  template <class T, class F>
  static Awaitable<std::optional<T>> call(F function, log::Context context) {
    const log::Scope scope(std::move(context));
    co_return function();
  }

  boost::asio::thread_pool pool_;
};

}  // namespace athanor
