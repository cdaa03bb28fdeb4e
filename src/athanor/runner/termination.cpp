#include "athanor/runner/termination.hpp"

#include <ctime>
#include <pthread.h>
#include <signal.h>

namespace athanor::runner {

namespace {

sigset_t termination_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

Termination::Termination() {
  const auto signals = termination_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  waiter_ = std::jthread([this](const std::stop_token& ended) { wait_for_signal(ended); });
}

Termination::~Termination() {
  waiter_.request_stop();
  pthread_kill(waiter_.native_handle(), SIGTERM);
}

void Termination::wait_for_signal(const std::stop_token& ended) {
  const auto signals = termination_signals();
  int received = 0;
  sigwait(&signals, &received);
  if (!ended.stop_requested()) {
    stop_.request_stop();
  }
}

}  // namespace athanor::runner
