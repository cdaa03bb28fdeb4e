#include "athanor/jobs/local_worker.hpp"

#include <cerrno>
#include <csignal>
#include <sys/wait.h>
#include <utility>

namespace athanor::jobs {
namespace {

/// Waits for a child that has ended; an adopted worker is nobody's child here and says nothing.
WorkerExit collect(int process) {
  siginfo_t info{};
  int outcome = 0;
  do {
    outcome = waitid(P_PIDFD, static_cast<id_t>(process), &info, WEXITED);
  } while (outcome < 0 && errno == EINTR);
  if (outcome < 0) {
    return {};
  }
  return info.si_code == CLD_EXITED ? WorkerExit{info.si_status, std::nullopt}
                                    : WorkerExit{std::nullopt, info.si_status};
}

}  // namespace

void LocalWorker::Group::signal(int number) {
  reaped_.with([&](bool reaped) {
    if (!reaped) {
      ::kill(-leader_, number);
    }
  });
}

WorkerExit LocalWorker::Group::reap(int process) {
  return reaped_.with([&](bool& reaped) {
    // An adopted leader is reaped by init, maybe before this; numbers come round too slowly for
    // the group to be another's already.
    ::kill(-leader_, SIGKILL);
    reaped = true;
    return collect(process);
  });
}

LocalWorker::LocalWorker(pid_t pid, UniqueFd process, const IoExecutor& io)
    : group_(std::make_shared<Group>(pid)), ended_(std::move(process), io), grace_(io) {}

Awaitable<std::optional<WorkerExit>> LocalWorker::wait() {
  const bool ended = co_await ended_.wait();
  if (!ended) {
    co_return std::nullopt;
  }
  co_return group_->reap(ended_.fd());
}

void LocalWorker::stop(std::chrono::milliseconds grace) {
  if (grace <= std::chrono::milliseconds::zero()) {
    group_->signal(SIGKILL);
    return;
  }
  group_->signal(SIGTERM);
  grace_.call_after(grace, [group = group_] { group->signal(SIGKILL); });
}

}  // namespace athanor::jobs
