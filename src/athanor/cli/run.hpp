#pragma once

namespace athanor::cli {

/// The program `athanor`: reads the command line, runs the command, returns its exit code
/// (exit_code.hpp). Errors are one line on standard error.
[[nodiscard]] int run(int argc, const char* const* argv);

}  // namespace athanor::cli
