#include "athanor/jobs/status_reader.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include "athanor/core/limits.hpp"
#include "athanor/core/log.hpp"

namespace athanor::jobs {
namespace {

void warn_of_skipped_line(const std::filesystem::path& path, std::string_view why) {
  log::warning("jobs",
               "skipped a line of a status log",
               {{"job_id", path.parent_path().filename().string()}, {"why", why}});
}

}  // namespace

std::vector<contract::StatusLine> StatusReader::read() {
  std::vector<contract::StatusLine> lines;
  if (!file_.valid()) {
    file_.reset(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  }
  std::array<char, 64 * limits::kib> buffer;
  while (file_.valid()) {
    const ssize_t count = ::read(file_.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      break;
    }
    take({buffer.data(), static_cast<std::size_t>(count)}, lines);
  }
  return lines;
}

void StatusReader::take(std::string_view bytes, std::vector<contract::StatusLine>& lines) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    if (line_.size() + piece.size() > limits::status_line_bytes) {
      too_long_ = true;
    } else {
      line_ += piece;
    }
    if (end == std::string_view::npos) {
      return;
    }
    finish_line(lines);
    bytes.remove_prefix(end + 1);
  }
}

void StatusReader::finish_line(std::vector<contract::StatusLine>& lines) {
  if (too_long_) {
    warn_of_skipped_line(path_, "it is too long");
  } else if (auto line = contract::parse_status_line(line_)) {
    lines.push_back(std::move(*line));
  } else {
    warn_of_skipped_line(path_, line.error().message);
  }
  line_.clear();
  too_long_ = false;
}

}  // namespace athanor::jobs
