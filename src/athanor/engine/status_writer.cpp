#include "athanor/engine/status_writer.hpp"

#include <cerrno>
#include <chrono>
#include <fcntl.h>

#include "athanor/core/disk_calls.hpp"
#include "athanor/core/value_or_throw.hpp"

namespace athanor::engine {

StatusWriter::StatusWriter(const std::filesystem::path& path)
    : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
  if (!file_.valid()) {
    throw_error(system_error("cannot open " + path.filename().string(), errno));
  }
}

void StatusWriter::write(contract::StatusLine line) {
  if (line.status == contract::WorkerStatus::success && disk::syncfs(file_.get()) != 0) {
    throw_error(system_error("cannot sync the results to disk", errno));
  }
  contract::stamp(line, std::chrono::system_clock::now());
  throw_if_failed(write_all(file_.get(), contract::to_text(line) + "\n"));
}

}  // namespace athanor::engine
