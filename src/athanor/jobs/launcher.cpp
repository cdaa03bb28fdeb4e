#include "athanor/jobs/launcher.hpp"

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <optional>
#include <sysexits.h>
#include <unistd.h>

#include <fmt/format.h>

#include "athanor/core/files.hpp"
#include "athanor/core/kill_point.hpp"
#include "athanor/jobs/process_identity.hpp"
#include "athanor/jobs/status_note.hpp"
#include "athanor/jobs/worker_lock.hpp"

namespace athanor::jobs {
namespace {

std::optional<std::int64_t> parse_attempt(const std::string& text) {
  std::int64_t attempt = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), attempt);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(attempt)
                                                                  : std::nullopt;
}

Status record_identity(const std::filesystem::path& directory, std::int64_t attempt) {
  const auto identity = identify_process(::getpid());
  if (!identity) {
    return fail(ErrorCode::io, "cannot read the worker's start time: is /proc mounted?");
  }
  ATHANOR_CHECK_OK(write_worker_file(directory, {*identity, attempt}));
  pass(KillPoint::launch_identified);
  return end_launch(worker_lock_fd);
}

/// Turns into the worker; its error if it cannot.
Error become_worker(std::string program, std::string directory) {
  std::string command = "run";
  char* const arguments[] = {program.data(), command.data(), directory.data(), nullptr};
  ::execv(program.c_str(), arguments);
  return system_error(fmt::format("cannot start the worker program {}",
                                  std::filesystem::path(program).filename().string()),
                      errno);
}

/// To the job's log. Where even that cannot be written, the exit code is all that can be told.
void say(const std::string& message) {
  static_cast<void>(write_all(STDERR_FILENO, message + "\n"));
}

int give_up(const std::filesystem::path& directory, const Error& error) {
  say(error.message);
  const Status noted = note_status(directory, contract::WorkerStatus::failure, error.message);
  return noted ? EX_OSERR : EX_IOERR;
}

}  // namespace

int launch_worker(const std::vector<std::string>& arguments) {
  pass(KillPoint::launch_begun);
  const auto attempt = arguments.size() == 3 ? parse_attempt(arguments[1]) : std::nullopt;
  if (!attempt) {
    say(fmt::format("Usage: athanor {} DIRECTORY ATTEMPT PROGRAM", launch_command));
    return EX_USAGE;
  }
  if (const Status recorded = record_identity(arguments[0], *attempt); !recorded) {
    return give_up(arguments[0], recorded.error());
  }
  return give_up(arguments[0], become_worker(arguments[2], arguments[0]));
}

}  // namespace athanor::jobs
