#include "athanor/jobs/status_note.hpp"

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "athanor/contract/job_request.hpp"
#include "athanor/core/disk_calls.hpp"
#include "athanor/core/files.hpp"

namespace athanor::jobs {
namespace {

bool ends_in_a_line(int file) {
  struct stat info {};

  char last = '\n';
  return ::fstat(file, &info) != 0 || info.st_size == 0 ||
         ::pread(file, &last, 1, info.st_size - 1) != 1 || last == '\n';
}

}  // namespace

Status note_status(const std::filesystem::path& directory,
                   contract::WorkerStatus status,
                   const std::string& message) {
  const UniqueFd file(disk::open(
      (directory / contract::status_file).c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!file.valid()) {
    return fail(system_error("cannot open status.json", errno));
  }
  contract::StatusLine line;
  line.status = status;
  line.message = message;
  contract::stamp(line, std::chrono::system_clock::now());
  return write_all(file.get(),
                   (ends_in_a_line(file.get()) ? "" : "\n") + contract::to_text(line) + "\n");
}

}  // namespace athanor::jobs
