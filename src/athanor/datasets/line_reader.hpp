#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "athanor/core/error.hpp"

namespace athanor::datasets {

/// The lines of a text file one by one, in flat memory: of a line over limits::label_line_bytes
/// only the start is given. Line ends of Windows and a byte order mark are taken off.
class LineReader {
 public:
  explicit LineReader(const std::filesystem::path& file);

  /// False at the end.
  [[nodiscard]] bool next();

  [[nodiscard]] const std::string& line() const { return line_; }

  [[nodiscard]] std::uint64_t number() const { return number_; }  ///< From 1.

  /// Whether the line was longer than is given.
  [[nodiscard]] bool is_cut() const { return cut_; }

 private:
  std::ifstream stream_;
  std::string line_;
  std::uint64_t number_ = 0;
  bool cut_ = false;
};

}  // namespace athanor::datasets
