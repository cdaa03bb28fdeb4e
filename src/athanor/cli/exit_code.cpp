#include "athanor/cli/exit_code.hpp"

namespace athanor::cli {

namespace {

constexpr ExitCodeMeaning meanings[] = {
    {ExitCode::ok, "done"},
    {ExitCode::job_failed, "the job ended in Error"},
    {ExitCode::usage, "wrong command line"},
    {ExitCode::bad_data, "the input was refused; the message names the field or file"},
    {ExitCode::no_input, "no such file, dataset, model or job"},
    {ExitCode::unavailable, "no server answers, or it cannot do this"},
    {ExitCode::software, "a fault of the program itself"},
    {ExitCode::io, "disk or network failed"},
    {ExitCode::try_again, "not in the present state; try again later"},
    {ExitCode::no_permission, "not allowed"},
};

}  // namespace

std::span<const ExitCodeMeaning> exit_code_meanings() {
  return meanings;
}

ExitCode exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::too_large:
      return ExitCode::bad_data;
    case ErrorCode::unauthorized:
    case ErrorCode::forbidden:
      return ExitCode::no_permission;
    case ErrorCode::not_found:
      return ExitCode::no_input;
    case ErrorCode::conflict:
    case ErrorCode::outdated:
      return ExitCode::try_again;
    case ErrorCode::unsupported:
    case ErrorCode::unavailable:
      return ExitCode::unavailable;
    case ErrorCode::timed_out:
    case ErrorCode::io:
      return ExitCode::io;
    case ErrorCode::internal:
      return ExitCode::software;
  }
  return ExitCode::software;
}

}  // namespace athanor::cli
