#include "athanor/inspect/sandbox.hpp"

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <ctime>
#include <fcntl.h>
#include <fstream>
#include <sched.h>
#include <span>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

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

/// Sockets, other programs and the memory of others; rings make calls that no filter sees.
constexpr unsigned refused_calls[] = {
    SYS_socket,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_execve,
    SYS_execveat,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_pidfd_getfd,
};

/// What changes files, their names, or who may read them. openat2 keeps its flags where no filter
/// sees them.
constexpr unsigned file_changes[] = {
#if defined(__x86_64__)  // Newer architectures have those with "at" alone.
    SYS_creat,     SYS_unlink,      SYS_rename,       SYS_mkdir,        SYS_rmdir,    SYS_mknod,
    SYS_link,      SYS_symlink,     SYS_chmod,        SYS_chown,        SYS_lchown,   SYS_utime,
    SYS_utimes,    SYS_futimesat,
#endif
    SYS_openat2,   SYS_unlinkat,    SYS_renameat,     SYS_renameat2,    SYS_mkdirat,  SYS_mknodat,
    SYS_linkat,    SYS_symlinkat,   SYS_fchmod,       SYS_fchmodat,     SYS_fchown,   SYS_fchownat,
    SYS_utimensat, SYS_truncate,    SYS_ftruncate,    SYS_fallocate,    SYS_setxattr, SYS_lsetxattr,
    SYS_fsetxattr, SYS_removexattr, SYS_lremovexattr, SYS_fremovexattr,
};

/// Of open(): for more than reading what is there.
constexpr unsigned changing_flags = O_ACCMODE | O_CREAT | O_TRUNC;

/// The calls of the x32 ABI, which a kernel may offer beside the native ones, begin here.
constexpr unsigned x32_calls = 0x40000000;
/// set_mempolicy_home_node of Linux 5.17. What came later may do what is refused here.
constexpr unsigned newest_known_call = 450;

/// A seccomp filter that allows what it was not told to refuse. The calls of another architecture,
/// which have other numbers, end the process.
class CallFilter {
 public:
  /// Made before memory is limited: a process that runs out of it here could not say so.
  CallFilter() {
    program_.reserve(usual_size);
    load(offsetof(seccomp_data, arch));
    jump(BPF_JEQ, native_architecture, 1, 0);
    answer(SECCOMP_RET_KILL_PROCESS);
    load(offsetof(seccomp_data, nr));
    jump(BPF_JGE, x32_calls, 0, 1);
    answer(error(EPERM));
    jump(BPF_JGT, newest_known_call, 0, 1);
    answer(error(ENOSYS));
  }

  void refuse(std::span<const unsigned> calls) {
    for (const unsigned call : calls) {
      jump(BPF_JEQ, call, 0, 1);
      answer(error(EPERM));
    }
  }

  /// Refuses the call where this argument, counted from 0, has one of these bits.
  void refuse_with_bits(unsigned call, std::size_t argument, unsigned bits) {
    jump(BPF_JEQ, call, 0, 4);
    load(offsetof(seccomp_data, args) + argument * sizeof(seccomp_data::args[0]));
    jump(BPF_JSET, bits, 0, 1);
    answer(error(EPERM));
    answer(SECCOMP_RET_ALLOW);
  }

  Status apply() {
    answer(SECCOMP_RET_ALLOW);
    const sock_fprog filter{static_cast<unsigned short>(program_.size()), program_.data()};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
      return fail(system_error("cannot take the network from the process", errno));
    }
    return {};
  }

 private:
  static unsigned error(int number) {
    return SECCOMP_RET_ERRNO | (static_cast<unsigned>(number) & SECCOMP_RET_DATA);
  }

  /// The lower half of an argument is its first: both architectures are little-endian.
  void load(std::size_t offset) {
    program_.push_back(
        sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<unsigned>(offset)));
  }

  /// Passes over so many instructions when the comparison holds, and when it does not.
  void jump(int comparison, unsigned value, unsigned char held, unsigned char failed) {
    program_.push_back(sock_filter BPF_JUMP(BPF_JMP | comparison | BPF_K, value, held, failed));
  }

  void answer(unsigned value) { program_.push_back(sock_filter BPF_STMT(BPF_RET | BPF_K, value)); }

  static constexpr std::size_t usual_size = 128;  ///< Over the number of instructions.

  std::vector<sock_filter> program_;
};

Status limit_process(std::uint64_t memory_bytes, std::uint64_t file_bytes) {
  end_with_parent();
  ATHANOR_CHECK_OK(limit(RLIMIT_CORE, 0));
  ATHANOR_CHECK_OK(limit(RLIMIT_FSIZE, file_bytes));
  return limit(RLIMIT_AS, address_space() + memory_bytes);
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
  CallFilter filter;
  filter.refuse(refused_calls);
  filter.refuse(file_changes);
#if defined(__x86_64__)
  filter.refuse_with_bits(SYS_open, 1, changing_flags);
#endif
  filter.refuse_with_bits(SYS_openat, 2, changing_flags);
  ATHANOR_CHECK_OK(limit_process(memory_bytes, 0));
  return filter.apply();
}

Status confine(std::uint64_t memory_bytes, std::uint64_t file_bytes) {
  CallFilter filter;
  filter.refuse(refused_calls);
  ATHANOR_CHECK_OK(limit_process(memory_bytes, file_bytes));
  return filter.apply();
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
