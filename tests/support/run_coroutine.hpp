#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "athanor/async/awaitable.hpp"

namespace athanor::testing {

/// Runs a coroutine to its end on the calling thread.
template <class T>
T run_coroutine(Awaitable<T> coroutine) {
  boost::asio::io_context io;
  auto result = boost::asio::co_spawn(io, std::move(coroutine), boost::asio::use_future);
  io.run();
  return result.get();
}

}  // namespace athanor::testing
