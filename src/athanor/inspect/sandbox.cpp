#include "athanor/inspect/sandbox.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <ctime>
#include <fstream>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "athanor/core/files.hpp"

namespace athanor::inspect {

namespace {

#if defined(__x86_64__)
constexpr unsigned native_architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr unsigned native_architecture = AUDIT_ARCH_AARCH64;
#else
#error "name this processor's AUDIT_ARCH here"
#endif

Status limit(int resource, rlim_t value) {
  const rlimit both{value, value};
  if (setrlimit(static_cast<__rlimit_resource>(resource), &both) != 0) {
    return fail(system_error("cannot limit the process", errno));
  }
  return {};
}

std::uint64_t address_space() {
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

/// A seccomp filter: sockets and other programs are refused, and so are the calls of another
/// architecture, which have other numbers.
Status refuse_network_and_programs() {
  constexpr auto refuse = SECCOMP_RET_ERRNO | (EPERM & SECCOMP_RET_DATA);
  const auto load = [](std::size_t offset) {
    return sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<unsigned>(offset));
  };
  const auto unless_equal = [](unsigned value, unsigned char skip) {
    return sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip);
  };
  const auto answer = [](unsigned value) { return sock_filter BPF_STMT(BPF_RET | BPF_K, value); };
  std::array program{
      load(offsetof(seccomp_data, arch)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, native_architecture, 1, 0),
      answer(SECCOMP_RET_KILL_PROCESS),
      load(offsetof(seccomp_data, nr)),
      unless_equal(SYS_socket, 1),
      answer(refuse),
      unless_equal(SYS_execve, 1),
      answer(refuse),
      unless_equal(SYS_execveat, 1),
      answer(refuse),
      unless_equal(SYS_ptrace, 1),
      answer(refuse),
      answer(SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{program.size(), program.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    return fail(system_error("cannot take the network from the process", errno));
  }
  return {};
}

}  // namespace

void become_idle() {
  // Best effort: a container may forbid either.
  const sched_param none{};
  static_cast<void>(sched_setscheduler(0, SCHED_IDLE, &none));
  static_cast<void>(setpriority(PRIO_PROCESS, 0, 19));
}

void end_with_parent() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
}

Status enter_sandbox(std::uint64_t memory_bytes) {
  return confine(memory_bytes, 0);
}

Status confine(std::uint64_t memory_bytes, std::uint64_t file_bytes) {
  end_with_parent();
  ATHANOR_CHECK_OK(limit(RLIMIT_CORE, 0));
  ATHANOR_CHECK_OK(limit(RLIMIT_FSIZE, file_bytes));
  ATHANOR_CHECK_OK(limit(RLIMIT_AS, address_space() + memory_bytes));
  return refuse_network_and_programs();
}

Status allow_processor_time(std::chrono::seconds time) {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  const rlimit limit{static_cast<rlim_t>(used.tv_sec + 1 + time.count()), RLIM_INFINITY};
  if (setrlimit(RLIMIT_CPU, &limit) != 0) {
    return fail(system_error("cannot limit the process's time", errno));
  }
  return {};
}

}  // namespace athanor::inspect
