#pragma once

#include <filesystem>

#include "athanor/datasets/findings.hpp"

namespace athanor::datasets::labels {

/// Looks through label/*.txt: one line with the plate's text each, of the characters that
/// characters.txt lists one a line.
void check_lprnet(const std::filesystem::path& root, Findings& findings);

}  // namespace athanor::datasets::labels
