#pragma once

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

namespace athanor::data {

/// `part` of what an 8-bit picture of B,G,R or gray is when both of its sides shrink to `size`: a
/// pixel is the mean of the area that it covers, as with OpenCV's INTER_AREA, which takes twice the
/// time for colour and makes all of it.
[[nodiscard]] cv::Mat shrink(const cv::Mat& image, cv::Size size, const cv::Rect& part);

}  // namespace athanor::data
