#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "athanor/core/limits.hpp"
#include "athanor/inspect/inspection.hpp"
#include "athanor/inspect/sandbox.hpp"
#include "athanor/pretrained/import_weights.hpp"
#include "athanor/runner/run_job.hpp"
#include "athanor/runner/termination.hpp"

namespace {

using athanor::runner::ExitCode;

constexpr std::string_view usage =
    "Usage: athanor-worker run JOBDIR            do the job that JOBDIR/job.json describes\n"
    "       athanor-worker inspect DIR OUTPUT    decode all pictures below DIR, write to OUTPUT\n"
    "                                            what was found; ends with its parent process\n"
    "       athanor-worker import FILE BACKBONE DIR    read weights (.pth, .safetensors) of such "
    "a\n"
    "                                            network, write them checked into DIR; ends with\n"
    "                                            its parent process\n"
    "       athanor-worker --version\n"
    "       athanor-worker --help\n"
    "\n"
    "Exit codes: 0 done, 1 failed (the last line of JOBDIR/status.json says why),\n"
    "2 wrong arguments, 3 no readable job.\n";

ExitCode run(const std::string& directory) {
  const athanor::runner::Termination termination;
  return athanor::runner::run_job(directory, termination.token(), [](std::string_view line) {
    std::cout << line << std::endl;
  });
}

ExitCode inspect(const std::string& directory, const std::string& output) {
  athanor::inspect::end_with_parent();
  const auto inspected = athanor::inspect::inspect(directory, output);
  if (!inspected) {
    std::cerr << inspected.error().message << '\n';
    return ExitCode::failure;
  }
  return ExitCode::success;
}

ExitCode import_weights(const std::string& file,
                        const std::string& backbone,
                        const std::string& folder) {
  namespace limits = athanor::limits;
  auto done = athanor::inspect::confine(limits::import_memory_bytes, limits::weights_bytes);
  if (done) {
    done = athanor::inspect::allow_processor_time(limits::import_time);
  }
  if (done) {
    done = athanor::pretrained::import_weights(file, backbone, folder);
  }
  if (!done) {
    std::cerr << done.error().message << '\n';
    return ExitCode::failure;
  }
  return ExitCode::success;
}

ExitCode dispatch(const std::vector<std::string>& arguments) {
  if (arguments.size() == 2 && arguments[0] == "run") {
    return run(arguments[1]);
  }
  if (arguments.size() == 3 && arguments[0] == "inspect") {
    return inspect(arguments[1], arguments[2]);
  }
  if (arguments.size() == 4 && arguments[0] == "import") {
    return import_weights(arguments[1], arguments[2], arguments[3]);
  }
  if (arguments.size() == 1 && arguments[0] == "--version") {
    std::cout << "athanor-worker " << ATHANOR_VERSION << '\n';
    return ExitCode::success;
  }
  if (arguments.size() == 1 && arguments[0] == "--help") {
    std::cout << usage;
    return ExitCode::success;
  }
  std::cerr << usage;
  return ExitCode::usage;
}

}  // namespace

int main(int argc, char** argv) {
  return static_cast<int>(dispatch({argv + 1, argv + argc}));
}
