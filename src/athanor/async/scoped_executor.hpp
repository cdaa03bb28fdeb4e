#pragma once

#include <type_traits>
#include <utility>

#include <boost/asio/execution.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>

#include "athanor/async/awaitable.hpp"
#include "athanor/core/log.hpp"

namespace athanor {

/// Another executor, under a log context: whatever runs on this one, and every part of a coroutine
/// that was started on it, writes its log lines with the context's fields.
class ScopedExecutor {
 public:
  ScopedExecutor(IoExecutor inner, log::Context context)
      : inner_(std::move(inner)), context_(std::move(context)) {}

  template <class Function>
  void execute(Function&& function) const {
    inner_.execute([context = context_, run = std::forward<Function>(function)]() mutable {
      const log::Scope scope(std::move(context));
      std::move(run)();
    });
  }

  bool operator==(const ScopedExecutor& other) const noexcept {
    return inner_ == other.inner_ && context_ == other.context_;
  }

  bool operator!=(const ScopedExecutor& other) const noexcept { return !(*this == other); }

  // Asio asks for, and changes, properties of executors through these three.

  template <class Property>
  auto query(const Property& property) const
      -> decltype(boost::asio::query(std::declval<const IoExecutor&>(), property)) {
    return boost::asio::query(inner_, property);
  }

  template <class Property,
            class = std::enable_if_t<boost::asio::can_require<IoExecutor, Property>::value>>
  ScopedExecutor require(const Property& property) const {
    return {boost::asio::require(inner_, property), context_};
  }

  template <class Property,
            class = std::enable_if_t<boost::asio::can_prefer<IoExecutor, Property>::value>>
  ScopedExecutor prefer(const Property& property) const {
    return {boost::asio::prefer(inner_, property), context_};
  }

 private:
  IoExecutor inner_;
  log::Context context_;
};

/// `executor` under the caller's log context, if it has one.
[[nodiscard]] inline IoExecutor in_current_context(IoExecutor executor) {
  auto context = log::current_context();
  return context ? IoExecutor(ScopedExecutor(std::move(executor), std::move(context))) : executor;
}

}  // namespace athanor
