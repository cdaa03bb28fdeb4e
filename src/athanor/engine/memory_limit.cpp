#include "athanor/engine/memory_limit.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <sys/resource.h>

namespace athanor::engine {

namespace {

namespace fs = std::filesystem;

/// A number alone in a file; none where it says "max" or is not there.
std::optional<double> number_in(const fs::path& file) {
  std::ifstream stream(file);
  double number = 0;
  return stream >> number ? std::optional(number) : std::nullopt;
}

/// The least limit of a group and of those around it, below the folder where the hierarchy is
/// mounted. In a container the mount may show the own group as the root.
double group_limit(const fs::path& mount, fs::path group, const char* file) {
  double least = std::numeric_limits<double>::infinity();
  for (;; group = group.parent_path()) {
    const auto limit = number_in(mount / group.relative_path() / file);
    least = std::min(least, limit.value_or(least));
    if (!group.has_relative_path()) {
      return least;
    }
  }
}

/// Of both versions of control groups: a line "hierarchy:controllers:path" each.
double control_group_limit() {
  double least = std::numeric_limits<double>::infinity();
  std::ifstream lines("/proc/self/cgroup");
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (second == std::string::npos) {
      continue;
    }
    const auto controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const auto group = line.substr(second + 1);
    if (controllers == ",,") {
      least = std::min(least, group_limit("/sys/fs/cgroup", group, "memory.max"));
    } else if (controllers.find(",memory,") != std::string::npos) {
      least = std::min(least, group_limit("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes"));
    }
  }
  return least;
}

/// A line "name:   123 kB" of a file of /proc, in bytes.
double kibibytes_of(const char* file, const std::string& wanted) {
  std::ifstream lines(file);
  for (std::string name; lines >> name;) {
    double kibibytes = 0;
    if (name == wanted && lines >> kibibytes) {
      return kibibytes * 1024;
    }
    std::getline(lines, name);
  }
  throw std::runtime_error(std::string(file) + " does not tell " + wanted);
}

}  // namespace

double memory_limit() {
  return std::min(kibibytes_of("/proc/meminfo", "MemTotal:"), control_group_limit());
}

double available_memory() {
  const double left = memory_limit() - kibibytes_of("/proc/self/status", "VmRSS:");
  return std::max(0.0, std::min(kibibytes_of("/proc/meminfo", "MemAvailable:"), left));
}

double peak_process_memory() {
  return kibibytes_of("/proc/self/status", "VmHWM:");
}

void forget_peak_memory() {
  std::ofstream("/proc/self/clear_refs") << "5";
}

MemoryFence::MemoryFence(double bytes) {
  rlimit limit{};
  if (getrlimit(RLIMIT_DATA, &limit) != 0) {
    return;
  }
  former_ = limit.rlim_cur;
  const auto wanted = static_cast<rlim_t>(kibibytes_of("/proc/self/status", "VmData:") + bytes);
  limit.rlim_cur = std::min(wanted, limit.rlim_cur);
  stands_ = setrlimit(RLIMIT_DATA, &limit) == 0;
}

MemoryFence::~MemoryFence() {
  rlimit limit{};
  if (stands_ && getrlimit(RLIMIT_DATA, &limit) == 0) {
    limit.rlim_cur = former_;
    setrlimit(RLIMIT_DATA, &limit);
  }
}

}  // namespace athanor::engine
