#include "athanor/engine/status_writer.hpp"

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <stdexcept>

namespace athanor::engine {

StatusWriter::StatusWriter(const std::filesystem::path& path)
    : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
  if (!file_.valid()) {
    throw std::runtime_error(
        system_error("cannot open " + path.filename().string(), errno).message);
  }
}

void StatusWriter::write(contract::StatusLine line) {
  contract::stamp(line, std::chrono::system_clock::now());
  if (const auto status = write_all(file_.get(), contract::to_text(line) + "\n"); !status) {
    throw std::runtime_error(status.error().message);
  }
}

}  // namespace athanor::engine
