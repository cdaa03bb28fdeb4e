#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "athanor/contract/job_keys.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/crypto/key_file.hpp"
#include "athanor/inspect/inspection.hpp"
#include "athanor/inspect/sandbox.hpp"
#include "athanor/pretrained/import_weights.hpp"
#include "athanor/runner/run_job.hpp"
#include "athanor/runner/termination.hpp"

namespace {

using athanor::contract::JobKeys;
using athanor::runner::ExitCode;

constexpr std::string_view usage =
    "Usage: athanor-worker run JOBDIR [--key-file FILE [--parent-key-file FILE]]\n"
    "                                            do the job that JOBDIR/job.json describes; by\n"
    "                                            hand, with a file that holds the encryption key\n"
    "                                            of its model, and of its parent's if it has\n"
    "                                            another\n"
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
    "2 wrong arguments, 3 no readable job or no key.\n";

/// The files that hold the keys of a job which is run by hand.
struct KeyFiles {
  std::string own;
  std::string parent;
};

athanor::Result<JobKeys> read_keys(const KeyFiles& files) {
  JobKeys keys;
  ATHANOR_TRY(keys.own, athanor::crypto::read_key_file(files.own));
  ATHANOR_TRY(keys.parent,
              athanor::crypto::read_key_file(files.parent.empty() ? files.own : files.parent));
  return keys;
}

/// From the pipe of the server, unless files are named.
athanor::Result<JobKeys> find_keys(const std::vector<std::string>& arguments) {
  if (arguments.size() > 2) {
    return read_keys({arguments[3], arguments.size() == 6 ? arguments[5] : ""});
  }
  auto keys = athanor::contract::take_keys(athanor::contract::job_keys_fd);
  if (!keys) {
    return athanor::fail(keys.error().code, keys.error().message + ": name a --key-file");
  }
  return keys;
}

ExitCode run(const std::vector<std::string>& arguments) {
  const auto keys = find_keys(arguments);
  if (!keys) {
    std::cerr << "Cannot start: " << keys.error().message << '\n';
    return ExitCode::no_job;
  }
  const athanor::runner::Termination termination;
  return athanor::runner::run_job(
      arguments[1], *keys, termination.token(), [](std::string_view line) {
        std::cout << line << std::endl;
      });
}

bool is_run(const std::vector<std::string>& arguments) {
  const auto count = arguments.size();
  return count >= 2 && count % 2 == 0 && count <= 6 && arguments[0] == "run" &&
         (count < 4 || arguments[2] == "--key-file") &&
         (count < 6 || arguments[4] == "--parent-key-file");
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
  auto done = athanor::inspect::confine(limits::import_memory_bytes, 2 * limits::weights_bytes);
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
  if (is_run(arguments)) {
    return run(arguments);
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
