#include "athanor/jobs/process_identity.hpp"

#include <cerrno>
#include <fstream>
#include <sstream>
#include <sys/syscall.h>
#include <unistd.h>

#include <fmt/format.h>

#include "athanor/core/clock.hpp"
#include "athanor/core/json_file.hpp"

namespace athanor::jobs {
namespace {

std::string first_line_of(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

/// The word at `position`, from 0.
std::string word_of(const std::string& text, int position) {
  std::istringstream words(text);
  std::string word;
  for (int skipped = 0; skipped <= position; ++skipped) {
    words >> word;
  }
  return words ? word : "";
}

}  // namespace

std::optional<ProcessIdentity> identify_process(pid_t pid) {
  const std::string stat = first_line_of(fmt::format("/proc/{}/stat", pid));
  // The second field is the program's name in parentheses and may itself hold both and blanks.
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) {
    return std::nullopt;
  }
  constexpr int start_time_after_name = 22 - 3;
  return ProcessIdentity{pid,
                         word_of(stat.substr(name_end + 1), start_time_after_name),
                         first_line_of("/proc/sys/kernel/random/boot_id")};
}

Result<UniqueFd> open_process(pid_t pid) {
  // glibc 2.36 declares pidfd_open() without C linkage, so C++ cannot link to it.
  UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process.valid()) {
    return fail(system_error("cannot watch the worker's process", errno));
  }
  return process;
}

Status write_worker_file(const std::filesystem::path& directory, const WorkerRecord& worker) {
  const Json json = {{"pid", worker.process.pid},
                     {"start_time", worker.process.start_time},
                     {"boot_id", worker.process.boot_id},
                     {"started_on", now_iso()},
                     {"attempt", worker.attempt}};
  return write_json_file(directory / worker_file, json);
}

Result<WorkerRecord> read_worker_file(const std::filesystem::path& directory) {
  const auto path = directory / worker_file;
  if (std::error_code ignored; !std::filesystem::exists(path, ignored)) {
    return fail(ErrorCode::not_found, "no worker was started");
  }
  ATHANOR_TRY(const auto json, read_json_file(path));
  try {
    // Servers before the second attempt wrote none.
    return WorkerRecord{{json.at("pid"), json.at("start_time"), json.at("boot_id")},
                        json.value("attempt", std::int64_t{1})};
  } catch (const Json::exception& error) {
    return fail(ErrorCode::invalid_argument, fmt::format("{}: {}", worker_file, error.what()));
  }
}

}  // namespace athanor::jobs
