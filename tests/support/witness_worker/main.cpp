// A worker that takes milliseconds and leaves evidence of what it did, for tests that kill:
//
//   witness_worker run DIRECTORY   as athanor-worker; train_config.random_seed says what to do:
//                                  its last digit is the outcome (below), the rest milliseconds
//   witness_worker import FILE BACKBONE DIRECTORY   as athanor-worker, for any file
//   witness_worker kill-points     prints the names of core/kill_point.hpp
//
// The evidence lies in the folder "evidence" beside the data folder: lines "start JOB ATTEMPT PID"
// and "end JOB ATTEMPT PID", and "overlap JOB ATTEMPT PID" where another worker of the job lives.
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/file.h>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

#include "athanor/contract/job_request.hpp"
#include "athanor/contract/status_line.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/kill_point.hpp"

namespace {

namespace fs = std::filesystem;
using athanor::UniqueFd;
using athanor::contract::WorkerStatus;

enum Outcome { wait_for_the_end = 8, fail_with_a_message = 7 };  // The other digits succeed.

constexpr int cannot_testify = 90;
constexpr int epochs = 2;

class Witness {
 public:
  Witness(const fs::path& directory, const athanor::contract::JobRequest& request)
      : directory_(directory),
        folder_(directory.parent_path().parent_path().parent_path() / "evidence"),
        who_(fmt::format("{} {} {}", request.job_id, request.attempt, ::getpid())) {
    fs::create_directories(folder_);
    lock_.reset(
        ::open((folder_ / (request.job_id + ".lock")).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
      testify("overlap");
    }
    testify("start");
  }

  void testify(const std::string& what) const {
    append(folder_ / "evidence.txt", fmt::format("{} {}\n", what, who_));
  }

  void say(WorkerStatus status, const std::string& message, int epoch = 0) const {
    athanor::contract::StatusLine line;
    line.status = status;
    line.message = message;
    if (epoch > 0) {
      line.epoch = epoch;
      line.graphical = {{"loss", 1.0 / epoch}};
    }
    stamp(line, std::chrono::system_clock::now());
    append(directory_ / athanor::contract::status_file, to_text(line) + "\n");
  }

 private:
  static void append(const fs::path& file, const std::string& bytes) {
    const UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!athanor::write_all(fd.get(), bytes)) {
      std::exit(cannot_testify);
    }
  }

  fs::path directory_;
  fs::path folder_;
  std::string who_;
  UniqueFd lock_;
};

int work(const fs::path& directory) {
  const auto request = athanor::contract::read_job_request(directory);
  if (!request) {
    return cannot_testify;
  }
  const athanor::Json* seed = athanor::find_path(request->spec, "train_config.random_seed");
  const long behaviour = seed != nullptr ? seed->get<long>() : 0;
  const Witness witness(directory, *request);
  witness.say(WorkerStatus::started, "Starting");
  std::puts("a line of the log");
  std::fflush(stdout);
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    std::this_thread::sleep_for(std::chrono::milliseconds(behaviour / 10 / epochs));
    witness.say(WorkerStatus::running, "Training", epoch);
  }
  if (behaviour % 10 == wait_for_the_end) {
    ::pause();
  }
  if (behaviour % 10 == fail_with_a_message) {
    witness.say(WorkerStatus::failure, "as it was told to");
    return 1;
  }
  const fs::path model = directory / athanor::contract::artifacts_folder / "model.txt";
  if (!athanor::write_file_atomic(model, "weights\n")) {
    return cannot_testify;
  }
  witness.testify("end");
  witness.say(WorkerStatus::success, "Done");
  return 0;
}

int import_weights(const std::string& backbone, const fs::path& folder) {
  const athanor::Json manifest = {{"backbone", backbone},
                                  {"format", "safetensors"},
                                  {"classes", 1000},
                                  {"tensors", 1},
                                  {"parameters", 1},
                                  {"notes", athanor::Json::array()},
                                  {"properties", athanor::Json::object()}};
  const bool written =
      athanor::write_file_atomic(folder / "weights.safetensors", "weights\n") &&
      athanor::write_file_atomic(folder / "manifest.json", athanor::to_text(manifest));
  return written ? 0 : cannot_testify;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string command = count > 1 ? arguments[1] : "";
  if (command == "kill-points") {
    for (const auto name : athanor::kill_point_names) {
      std::puts(std::string(name).c_str());
    }
    return 0;
  }
  if (command == "import" && count == 5) {
    return import_weights(arguments[3], arguments[4]);
  }
  return command == "run" && count == 3 ? work(arguments[2]) : cannot_testify;
}
