#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "athanor/datasets/findings.hpp"

namespace athanor::datasets::labels {

/// What is wrong with one line of a KITTI label file, or nothing: 15 columns (16 with a score),
/// of which all but the class are numbers, and a box of some size.
[[nodiscard]] std::optional<std::string> kitti_fault(std::string_view line);

/// Looks through labels/*.txt line by line and counts the objects of each class.
void check_kitti(const std::filesystem::path& root, Findings& findings);

}  // namespace athanor::datasets::labels
