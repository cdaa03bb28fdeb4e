#include "athanor/runner/termination.hpp"

#include <cerrno>
#include <csignal>
#include <semaphore.h>

namespace athanor::runner {

namespace {

/// Posting a semaphore is all that a signal handler may do to wake a thread.
sem_t signal_came;

void on_signal(int /*number*/) {
  sem_post(&signal_came);
}

void handle_signals(void (*handler)(int)) {
  struct sigaction action {};

  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
}

}  // namespace

Termination::Termination() {
  sem_init(&signal_came, 0, 0);
  waiter_ = std::jthread([this] {
    while (sem_wait(&signal_came) != 0 && errno == EINTR) {
    }
    stop_.request_stop();
  });
  handle_signals(on_signal);
}

Termination::~Termination() {
  handle_signals(SIG_DFL);
  sem_post(&signal_came);
  waiter_.join();
  sem_destroy(&signal_came);
}

}  // namespace athanor::runner
