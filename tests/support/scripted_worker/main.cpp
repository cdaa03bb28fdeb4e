// A worker that plays what its job's spec says, step by step, instead of training:
//   {"script": [{"status": {"status": "RUNNING", "epoch": 1}}, {"wait": "/tmp/x/go"}, {"exit": 3}]}
// Steps: status (one line of status.json), raw (bytes appended to it as they are), log (one line of
// output), wait (blocks until someone opens the FIFO of that name), ignore_sigterm, raise (a signal
// to itself), exit. After the last step it exits with 0.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include "athanor/contract/job_request.hpp"
#include "athanor/core/files.hpp"

namespace {

using athanor::Json;

void append(const std::filesystem::path& file, const std::string& bytes) {
  const athanor::UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!athanor::write_all(fd.get(), bytes)) {
    std::exit(90);
  }
}

void wait_for_reader(const std::string& fifo) {
  mkfifo(fifo.c_str(), 0600);
  const athanor::UniqueFd fd(::open(fifo.c_str(), O_RDONLY | O_CLOEXEC));
}

void play(const std::filesystem::path& directory, const std::string& step, const Json& value) {
  const auto status_file = directory / athanor::contract::status_file;
  if (step == "status") {
    append(status_file, athanor::to_text(value) + "\n");
  } else if (step == "raw") {
    append(status_file, value.get<std::string>());
  } else if (step == "log") {
    std::puts(value.get<std::string>().c_str());
    std::fflush(stdout);
  } else if (step == "wait") {
    wait_for_reader(value.get<std::string>());
  } else if (step == "ignore_sigterm") {
    std::signal(SIGTERM, SIG_IGN);
  } else if (step == "raise") {
    std::raise(value.get<int>());
  } else if (step == "exit") {
    std::exit(value.get<int>());
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3 || std::string(arguments[1]) != "run") {
    return 2;
  }
  const std::filesystem::path directory = arguments[2];
  const auto request = athanor::contract::read_job_request(directory);
  if (!request) {
    return 2;
  }
  for (const Json& entry : request->spec.at("script")) {
    for (const auto& [step, value] : entry.items()) {
      play(directory, step, value);
    }
  }
  return 0;
}
