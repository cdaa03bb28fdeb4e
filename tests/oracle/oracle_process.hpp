#pragma once

#include <string>
#include <vector>

namespace athanor::oracle {

/// Exit code of an oracle that says that it is not installed.
inline constexpr int unavailable = 77;

/// Runs a program to its end, its output going to the test's; returns its exit code, or -1.
[[nodiscard]] int run_process(const std::vector<std::string>& command);

}  // namespace athanor::oracle
