#pragma once

#include <functional>
#include <optional>

#include <boost/asio/signal_set.hpp>

#include "athanor/async/awaitable.hpp"

namespace athanor::api {

/// What the process does on signals. Its functions run on `executor`, whose end ends them.
class Signals {
 public:
  explicit Signals(IoExecutor executor) : executor_(std::move(executor)) {}

  /// `stop` is called at the first SIGTERM or SIGINT. A second one ends the process at once, which
  /// costs nothing that was acknowledged: that is on disk, and workers are adopted by the next
  /// server.
  void on_end(std::function<void()> stop);

  /// `reload` is called at every SIGHUP, which ends the process otherwise.
  void on_hangup(std::function<void()> reload);

 private:
  void wait_for_second_end();
  void wait_for_hangup();

  IoExecutor executor_;
  std::function<void()> stop_;
  std::function<void()> reload_;
  std::optional<boost::asio::signal_set> ends_;
  std::optional<boost::asio::signal_set> hangups_;
};

}  // namespace athanor::api
