#include "athanor/cli/predict_command.hpp"

#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <unistd.h>

#include <fmt/format.h>

#include "athanor/cli/sibling_program.hpp"

namespace athanor::cli {

namespace {

constexpr std::string_view program_name = "athanor-predict";

std::vector<std::string> arguments_for(const PredictOptions& options) {
  std::vector<std::string> arguments{
      std::string(program_name), "--top-k", std::to_string(options.top_k)};
  if (options.threads > 0) {
    arguments.insert(arguments.end(), {"--threads", std::to_string(options.threads)});
  }
  if (!options.crop.empty()) {
    arguments.insert(arguments.end(), {"--crop", options.crop});
  }
  if (options.json) {
    arguments.emplace_back("--json");
  }
  arguments.insert(arguments.end(), {"--", options.engine});
  arguments.insert(arguments.end(), options.pictures.begin(), options.pictures.end());
  return arguments;
}

}  // namespace

Result<ExitCode> predict(const PredictOptions& options) {
  ATHANOR_TRY(const auto program, sibling_program(program_name));
  auto arguments = arguments_for(options);
  std::vector<char*> pointers;
  for (auto& argument : arguments) {
    pointers.push_back(argument.data());
  }
  pointers.push_back(nullptr);
  // Math threads that spin while they wait for each other slow one picture at a time down.
  setenv("OMP_WAIT_POLICY", "PASSIVE", /*overwrite=*/0);
  execv(program.c_str(), pointers.data());
  return fail(ErrorCode::unavailable,
              fmt::format("cannot start {}: {}; install it beside athanor",
                          program_name,
                          std::error_code(errno, std::generic_category()).message()));
}

}  // namespace athanor::cli
