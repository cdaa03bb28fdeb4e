#include "athanor/datasets/labels/kitti.hpp"

#include <charconv>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "athanor/datasets/labels/pairs.hpp"
#include "athanor/datasets/line_reader.hpp"
#include "athanor/datasets/member_name.hpp"

namespace athanor::datasets::labels {

namespace {

constexpr std::size_t columns = 15;
constexpr std::size_t first_of_box = 4;  ///< x1, y1, x2, y2 in pixels.

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> parts;
  constexpr std::string_view blanks = " \t";
  for (auto start = line.find_first_not_of(blanks); start != line.npos;) {
    const auto end = std::min(line.find_first_of(blanks, start), line.size());
    parts.push_back(line.substr(start, end - start));
    start = line.find_first_not_of(blanks, end);
  }
  return parts;
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

void check_file(const std::filesystem::path& root,
                const std::filesystem::path& file,
                Findings& findings) {
  LineReader lines(file);
  while (lines.next()) {
    const auto parts = split(lines.line());
    if (parts.empty()) {
      continue;
    }
    if (const auto fault = kitti_fault(lines.line())) {
      findings.add({.kind = "label_line",
                    .file = below(root, file),
                    .line = lines.number(),
                    .message = *fault,
                    .mend = "write 15 columns: class, truncated, occluded, alpha, x1, y1, x2, y2, "
                            "height, width, length, x, y, z, rotation"});
    } else {
      findings.count("objects", shown(parts.front()));
    }
  }
}

}  // namespace

std::optional<std::string> kitti_fault(std::string_view line) {
  const auto parts = split(line);
  if (parts.size() != columns && parts.size() != columns + 1) {
    return fmt::format("{} columns instead of {}", parts.size(), columns);
  }
  std::vector<double> numbers;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto value = number(parts[i]);
    if (!value) {
      return fmt::format("column {} is no number: \"{}\"", i + 1, shown(parts[i]));
    }
    numbers.push_back(*value);
  }
  const double* const box = &numbers[first_of_box - 1];
  if (box[2] <= box[0] || box[3] <= box[1]) {
    return "the box is empty: its second corner must lie right of and below the first";
  }
  return std::nullopt;
}

void check_kitti(const std::filesystem::path& root, Findings& findings) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "labels")) {
    if (entry.is_regular_file() && entry.path().extension() == ".txt") {
      check_file(root, entry.path(), findings);
    }
  }
  check_pairs(root, {"images", "labels", ".txt", "label file"}, findings);
}

}  // namespace athanor::datasets::labels
