#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "athanor/contract/status_line.hpp"
#include "athanor/core/files.hpp"

namespace athanor::jobs {

/// Reads what a worker appends to its status log, every complete line once.
class StatusReader {
 public:
  explicit StatusReader(std::filesystem::path path) : path_(std::move(path)) {}

  /// The lines completed since the last call, in their order. None while the file is missing.
  /// Lines that are no status lines, or longer than limits::status_line_bytes, are skipped for
  /// good, with a warning in the server's log.
  [[nodiscard]] std::vector<contract::StatusLine> read();

 private:
  void take(std::string_view bytes, std::vector<contract::StatusLine>& lines);
  void finish_line(std::vector<contract::StatusLine>& lines);

  std::filesystem::path path_;
  UniqueFd file_;
  std::string line_;       ///< The line not yet complete, up to the limit.
  bool too_long_ = false;  ///< That line went over it.
};

}  // namespace athanor::jobs
