#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "athanor/datasets/findings.hpp"

namespace athanor::datasets::labels {

/// Two folders whose files belong together by their path without extension.
struct Pairing {
  std::string_view pictures;   ///< "images"
  std::string_view labels;     ///< "labels"
  std::string_view extension;  ///< ".txt"; empty where labels are pictures themselves (masks).
  std::string_view label;      ///< What one is called: "label file".
  /// A folder of `pictures` whose pictures need none: "test".
  std::string_view unlabelled = {};
};

/// Finds pictures without a label and labels without a picture.
void check_pairs(const std::filesystem::path& root, const Pairing& pairing, Findings& findings);

}  // namespace athanor::datasets::labels
