#include "athanor/data/annotation.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace athanor::data {

cv::Mat annotate(const cv::Mat& image, const std::string& text) {
  constexpr int least_width = 224;
  constexpr int font = cv::FONT_HERSHEY_SIMPLEX;
  constexpr int margin = 6;
  const double scale = std::max(1.0, std::ceil(static_cast<double>(least_width) / image.cols));
  cv::Mat shown;
  cv::resize(image, shown, {}, scale, scale, cv::INTER_NEAREST);

  const auto natural = cv::getTextSize(text, font, 1.0, 1, nullptr);
  const double font_scale =
      std::min(static_cast<double>(shown.cols - 2 * margin) / natural.width, shown.cols / 400.0);
  const auto size = cv::getTextSize(text, font, font_scale, 1, nullptr);
  cv::Mat result;
  cv::copyMakeBorder(
      shown, result, 0, size.height + 2 * margin, 0, 0, cv::BORDER_CONSTANT, cv::Scalar::all(32));
  cv::putText(result,
              text,
              {margin, shown.rows + margin + size.height},
              font,
              font_scale,
              cv::Scalar::all(255),
              1,
              cv::LINE_AA);
  return result;
}

}  // namespace athanor::data
