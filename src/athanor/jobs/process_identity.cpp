#include "athanor/jobs/process_identity.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

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

/// The fields of /proc/PID/stat, by the numbers that proc(5) gives them.
class StatFields {
 public:
  static constexpr std::size_t user_ticks = 14;
  static constexpr std::size_t system_ticks = 15;
  static constexpr std::size_t start_ticks = 22;

  /// nullopt where there is no such process.
  static std::optional<StatFields> of(pid_t pid) {
    const std::string stat = first_line_of(fmt::format("/proc/{}/stat", pid));
    // The second field is the program's name in parentheses and may itself hold both and blanks.
    const std::size_t name_end = stat.rfind(')');
    if (name_end == std::string::npos) {
      return std::nullopt;
    }
    StatFields fields;
    std::istringstream words(stat.substr(name_end + 1));
    for (std::string word; words >> word;) {
      fields.after_name_.push_back(word);
    }
    return fields.after_name_.size() > start_ticks - first_ ? std::optional(std::move(fields))
                                                            : std::nullopt;
  }

  [[nodiscard]] const std::string& at(std::size_t number) const {
    return after_name_[number - first_];
  }

  [[nodiscard]] double number_at(std::size_t number) const {
    return std::strtod(at(number).c_str(), nullptr);
  }

 private:
  static constexpr std::size_t first_ = 3;

  std::vector<std::string> after_name_;
};

}  // namespace

std::optional<ProcessIdentity> identify_process(pid_t pid) {
  const auto fields = StatFields::of(pid);
  if (!fields) {
    return std::nullopt;
  }
  return ProcessIdentity{
      pid, fields->at(StatFields::start_ticks), first_line_of("/proc/sys/kernel/random/boot_id")};
}

std::optional<ProcessTimes> times_of_process(pid_t pid) {
  const auto fields = StatFields::of(pid);
  if (!fields) {
    return std::nullopt;
  }
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  const double processor =
      fields->number_at(StatFields::user_ticks) + fields->number_at(StatFields::system_ticks);
  const double uptime = std::strtod(first_line_of("/proc/uptime").c_str(), nullptr);
  const double age = uptime - fields->number_at(StatFields::start_ticks) / ticks;
  using Seconds = std::chrono::duration<double>;
  return ProcessTimes{Seconds(processor / ticks), Seconds(std::max(age, 1 / ticks))};
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
