#pragma once

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

#include "athanor/data/preprocessing.hpp"

namespace athanor::data {

/// `part` of what an 8-bit picture of B,G,R or gray is when both of its sides shrink to `size`, of
/// which every pixel of the picture has its share. With Interpolation::bilinear a pixel is the mean
/// of the area that it covers, as with OpenCV's INTER_AREA, which takes twice the time for colour
/// and makes all of it. With bicubic it is what Pillow's BICUBIC gives, but for rounding: the cubic
/// kernel is as much wider as the picture is larger.
[[nodiscard]] cv::Mat shrink(const cv::Mat& image,
                             cv::Size size,
                             const cv::Rect& part,
                             Interpolation interpolation);

}  // namespace athanor::data
