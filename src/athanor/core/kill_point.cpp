#include "athanor/core/kill_point.hpp"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>
#include <unistd.h>

namespace athanor {

namespace {

/// What the variable says, read once.
struct Target {
  std::string name;
  int passings = 1;
};

Target read_target() {
  const char* const value = std::getenv(kill_point_variable);  // NOLINT: read before threads.
  const std::string text = value != nullptr ? value : "";
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) {
    return {text};
  }
  return {text.substr(0, colon), std::atoi(text.c_str() + colon + 1)};  // NOLINT(cert-err34-c)
}

}  // namespace

void pass(KillPoint point) {
  static const Target target = read_target();
  static std::atomic<int> passed = 0;
  if (target.name == kill_point_names[static_cast<std::size_t>(point)] &&
      ++passed == target.passings) {
    ::kill(::getpid(), SIGKILL);
    ::pause();  // The signal may reach another thread first; this one must not go on.
  }
}

}  // namespace athanor
