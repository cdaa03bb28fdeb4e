#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>

#include "athanor/async/awaitable.hpp"
#include "athanor/core/files.hpp"

namespace athanor {

/// Owns a file descriptor and waits until it is readable. Used from one executor.
class Readiness {
 public:
  Readiness(UniqueFd fd, const IoExecutor& executor) : descriptor_(executor, fd.release()) {}

  [[nodiscard]] int fd() { return descriptor_.native_handle(); }

  /// True when readable, false once closed. One waiter.
  Awaitable<bool> wait();

  /// Ends a wait under way and all later ones. The descriptor itself is closed with the object.
  void close();

 private:
  boost::asio::posix::stream_descriptor descriptor_;
  bool closed_ = false;
};

}  // namespace athanor
