#pragma once

#include <span>
#include <string_view>

#include "athanor/core/error.hpp"

namespace athanor::cli {

/// What the program tells the shell: the numbers of sysexits.h, and 1 for a job that failed.
enum class ExitCode {
  ok = 0,
  job_failed = 1,
  usage = 64,
  bad_data = 65,
  no_input = 66,
  unavailable = 69,
  software = 70,
  io = 74,
  try_again = 75,
  no_permission = 77,
};

struct ExitCodeMeaning {
  ExitCode code;
  std::string_view meaning;
};

/// Every exit code with a sentence, as `athanor --help` lists them.
[[nodiscard]] std::span<const ExitCodeMeaning> exit_code_meanings();

[[nodiscard]] ExitCode exit_code_of(ErrorCode code);

}  // namespace athanor::cli
