#pragma once

#include <csignal>

namespace athanor {

/// Keeps SIGTERM, SIGINT and SIGHUP from the thread that makes it until it goes, and for good from
/// the threads that this one starts meanwhile. What is sent in that time comes at its end. So the
/// signals of the process are its first thread's: a thread that only just begins or ends never has
/// to take one, in which sanitizers lose it.
class BlockedSignals {
 public:
  BlockedSignals();

  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

  ~BlockedSignals();

 private:
  sigset_t former_;
};

}  // namespace athanor
