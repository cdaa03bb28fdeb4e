#pragma once

#include <string>

#include <opencv2/core/mat.hpp>

namespace athanor::data {

/// A copy of the picture with `text` on a dark bar below it; small pictures are enlarged so that
/// the text can be read.
[[nodiscard]] cv::Mat annotate(const cv::Mat& image, const std::string& text);

}  // namespace athanor::data
