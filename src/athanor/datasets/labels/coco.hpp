#pragma once

#include <filesystem>

#include "athanor/core/error.hpp"
#include "athanor/datasets/findings.hpp"

namespace athanor::datasets::labels {

/// Reads annotations.json from front to back, keeping ids alone: pictures that are not there,
/// annotations that refer to nothing, pictures that no entry names. Counts the objects of each
/// category. invalid_argument when it is not JSON: nothing can be trained with it then.
[[nodiscard]] Status check_coco(const std::filesystem::path& root, Findings& findings);

}  // namespace athanor::datasets::labels
