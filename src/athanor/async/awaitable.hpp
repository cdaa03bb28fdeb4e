#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace athanor {

/// The coroutine type of the control plane. Parameters of coroutines are taken by value.
template <class T>
using Awaitable = boost::asio::awaitable<T>;

/// Where coroutines and handlers run: a thread pool or one strand of it.
using IoExecutor = boost::asio::any_io_executor;

}  // namespace athanor
