#pragma once

#include <cstddef>
#include <filesystem>
#include <utility>
#include <vector>

#include "athanor/contract/status_line.hpp"
#include "athanor/core/files.hpp"

namespace athanor::testing {

/// The lines of a status file that end an epoch.
[[nodiscard]] inline std::vector<contract::StatusLine> epoch_lines(
    const std::filesystem::path& status_file) {
  std::vector<contract::StatusLine> lines;
  const auto text = read_file(status_file).value();
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = text.find('\n', begin);
    auto line = contract::parse_status_line(text.substr(begin, end - begin)).value();
    if (line.epoch) {
      lines.push_back(std::move(line));
    }
    begin = end + 1;
  }
  return lines;
}

}  // namespace athanor::testing
