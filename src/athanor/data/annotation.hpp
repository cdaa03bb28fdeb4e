#pragma once

#include <filesystem>
#include <string>

#include <opencv2/core/mat.hpp>

#include "athanor/core/error.hpp"

namespace athanor::data {

/// A copy of the picture with `text` on a dark bar below it; small pictures are enlarged so that
/// the text can be read; what is long and narrow gets room beside it instead.
[[nodiscard]] cv::Mat annotate(const cv::Mat& image, const std::string& text);

/// Writes the picture `source` of the dataset at `root` with `text` into `folder`, under the name
/// that it has below the dataset's images* folder.
[[nodiscard]] Status write_annotated(const std::filesystem::path& source,
                                     const std::filesystem::path& root,
                                     const std::filesystem::path& folder,
                                     const std::string& text);

}  // namespace athanor::data
