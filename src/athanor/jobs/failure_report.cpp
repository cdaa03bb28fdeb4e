#include "athanor/jobs/failure_report.hpp"

#include <csignal>
#include <cstring>
#include <fstream>
#include <string_view>

#include <fmt/format.h>

namespace athanor::jobs {
namespace {

constexpr const char* memory_mend =
    "Lower the batch size, the picture size or the number of loader threads, or give the machine "
    "more memory.";

std::string name_of_signal(int number) {
  const char* name = sigabbrev_np(number);
  return name != nullptr ? fmt::format("SIG{}", name) : fmt::format("signal {}", number);
}

std::string describe_signal(int number, bool memory_ran_out) {
  const std::string name = name_of_signal(number);
  switch (number) {
    case SIGKILL:
      return memory_ran_out
                 ? fmt::format("The worker was killed ({}): the system ran out of memory", name)
                 : fmt::format("The worker was killed ({}); often the system ran out of memory",
                               name);
    case SIGTERM:
    case SIGINT:
    case SIGHUP:
      return fmt::format("The worker was stopped from outside ({})", name);
    default: {
      const char* description = sigdescr_np(number);  // Real-time signals have none.
      return description != nullptr ? fmt::format("The worker crashed ({}, {})", name, description)
                                    : fmt::format("The worker crashed ({})", name);
    }
  }
}

bool speaks_of_memory(std::string_view text) {
  return text.find("bad_alloc") != std::string_view::npos ||
         text.find("out of memory") != std::string_view::npos ||
         text.find("can't allocate memory") != std::string_view::npos;
}

std::string mend_for(const WorkerDeath& death) {
  if (death.exit.signal == SIGKILL || speaks_of_memory(death.failure)) {
    return memory_mend;
  }
  if (death.exit.signal == SIGILL) {
    return "This processor lacks an instruction that the program uses; run it on another machine.";
  }
  if (death.exit.signal == SIGBUS || death.exit.signal == SIGXFSZ) {
    return "Look whether the disk is full, then run the job again.";
  }
  if (death.exit.signal == SIGTERM || death.unattended) {
    return "Run the job again.";
  }
  if (!death.failure.empty()) {
    return "Correct what the message names, then run the job again; the job's log has the details.";
  }
  return "This is a fault of the program: please report it with the job's log.";
}

}  // namespace

std::string describe_death(const WorkerDeath& death) {
  if (!death.failure.empty()) {
    return death.failure;
  }
  if (death.exit.signal) {
    return describe_signal(*death.exit.signal, death.memory_ran_out);
  }
  if (death.unattended) {
    return "The server was down; the worker ended meanwhile without success";
  }
  if (!death.exit.code) {
    return "The worker ended without success";
  }
  return *death.exit.code == 0
             ? std::string("The worker ended without saying that it succeeded")
             : fmt::format("The worker ended with exit code {}", *death.exit.code);
}

std::string failure_report(const WorkerDeath& death, const std::string& log_tail) {
  std::string report = describe_death(death);
  if (!report.ends_with('.')) {
    report += '.';
  }
  report += " " + mend_for(death);
  if (!log_tail.empty()) {
    report += "\nLast lines of the log:\n" + log_tail;
  }
  return report;
}

std::uint64_t out_of_memory_kills() {
  std::ifstream counters("/proc/vmstat");
  std::string name;
  std::uint64_t value = 0;
  while (counters >> name >> value) {
    if (name == "oom_kill") {
      return value;
    }
  }
  return 0;
}

}  // namespace athanor::jobs
