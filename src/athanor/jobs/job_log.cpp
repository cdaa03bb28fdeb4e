#include "athanor/jobs/job_log.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "athanor/contract/job_request.hpp"
#include "athanor/core/disk_calls.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/log.hpp"

namespace athanor::jobs {
namespace {

constexpr std::string_view last_line = "EOF\n";

/// Up to `max_bytes` from the end of the file.
std::string last_bytes(int fd, std::size_t max_bytes) {
  struct stat info {};

  if (fstat(fd, &info) != 0) {
    return "";
  }
  const auto size = static_cast<std::size_t>(info.st_size);
  std::string bytes(std::min(size, max_bytes), '\0');
  const ssize_t count =
      pread(fd, bytes.data(), bytes.size(), static_cast<off_t>(size - bytes.size()));
  bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return bytes;
}

/// What moves a terminal's cursor becomes a blank.
std::string printable(std::string text) {
  std::ranges::replace_if(
      text,
      [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f; },
      ' ');
  return text;
}

bool ends_with_last_line(int fd) {
  const std::string bytes = last_bytes(fd, last_line.size() + 1);
  return bytes == last_line || bytes == "\n" + std::string(last_line);
}

Status append_end(const std::filesystem::path& directory, const std::string& remark) {
  if (std::error_code ignored; !std::filesystem::is_directory(directory, ignored)) {
    return {};
  }
  const UniqueFd file(disk::open(
      (directory / contract::log_file).c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!file.valid()) {
    return fail(system_error("cannot end the job's log", errno));
  }
  if (ends_with_last_line(file.get())) {
    return {};
  }
  const std::string before = last_bytes(file.get(), 1);
  std::string ending = before.empty() || before == "\n" ? "" : "\n";
  if (!remark.empty()) {
    ending += remark + "\n";
  }
  return write_all(file.get(), ending.append(last_line));
}

}  // namespace

std::string tail_of_log(const std::filesystem::path& directory,
                        std::size_t max_lines,
                        std::size_t max_bytes) {
  const UniqueFd file(::open((directory / contract::log_file).c_str(), O_RDONLY | O_CLOEXEC));
  std::string text = file.valid() ? last_bytes(file.get(), max_bytes) : "";
  while (text.ends_with('\n')) {
    text.pop_back();
  }
  std::size_t begin = text.size();
  for (std::size_t lines = 0; lines < max_lines && begin != 0; ++lines) {
    const std::size_t newline = text.rfind('\n', begin - 1);
    begin = newline == std::string::npos ? 0 : newline;
  }
  text.erase(0, begin + (begin < text.size() && text[begin] == '\n' ? 1 : 0));
  return printable(std::move(text));
}

std::string log_head(std::string_view job_id,
                     std::string_view action,
                     std::string_view request_id) {
  return fmt::format("Job {} ({}), posted by request {}", job_id, action, request_id);
}

Status begin_log(const std::filesystem::path& directory, const std::string& line) {
  const UniqueFd file(disk::open(
      (directory / contract::log_file).c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!file.valid()) {
    return fail(system_error("cannot begin the job's log", errno));
  }
  if (!last_bytes(file.get(), 1).empty()) {
    return {};
  }
  auto begun = write_all(file.get(), line + "\n");
  if (!begun) {
    // Half a line would keep the next try from writing the whole one.
    static_cast<void>(disk::ftruncate(file.get(), 0));
  }
  return begun;
}

Status reopen_log(const std::filesystem::path& directory) {
  const UniqueFd file(disk::open((directory / contract::log_file).c_str(), O_RDWR | O_CLOEXEC));
  if (!file.valid()) {
    if (errno == ENOENT) {
      return {};
    }
    return fail(system_error("cannot open the job's log", errno));
  }
  // A worker may have written such lines, too.
  while (ends_with_last_line(file.get())) {
    const off_t size = ::lseek(file.get(), 0, SEEK_END);
    if (disk::ftruncate(file.get(), size - static_cast<off_t>(last_line.size())) != 0) {
      return fail(system_error("cannot reopen the job's log", errno));
    }
  }
  return {};
}

bool log_has_ended(const std::filesystem::path& directory) {
  const UniqueFd file(::open((directory / contract::log_file).c_str(), O_RDONLY | O_CLOEXEC));
  return file.valid() && ends_with_last_line(file.get());
}

void end_log(const std::filesystem::path& directory, const std::string& remark) {
  if (const auto ended = append_end(directory, remark); !ended) {
    log::warning("jobs",
                 "cannot end a job's log",
                 {{"job_id", directory.filename().string()}, {"error", ended.error().message}});
  }
}

}  // namespace athanor::jobs
