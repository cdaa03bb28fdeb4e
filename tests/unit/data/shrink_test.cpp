#include "athanor/data/shrink.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace athanor::data {

namespace {

cv::Mat dots(cv::Size size, int type) {
  cv::Mat image(size, type);
  cv::RNG(11).fill(image, cv::RNG::UNIFORM, 0, 256);
  return image;
}

cv::Mat shrink_all(const cv::Mat& image, cv::Size size, Interpolation interpolation) {
  return shrink(image, size, {cv::Point(), size}, interpolation);
}

/// The largest difference to OpenCV's mean over areas.
double off_by(const cv::Mat& image, cv::Size size) {
  cv::Mat expected;
  cv::resize(image, expected, size, 0, 0, cv::INTER_AREA);
  return cv::norm(shrink_all(image, size, Interpolation::bilinear), expected, cv::NORM_INF);
}

std::vector<cv::Mat> channels_of(const cv::Mat& image) {
  std::vector<cv::Mat> channels;
  cv::split(image, channels);
  return channels;
}

double cubic_kernel(double distance) {
  const double x = std::abs(distance);
  if (x >= 2) {
    return 0;
  }
  return x < 1 ? 1.5 * x * x * x - 2.5 * x * x + 1 : -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2;
}

/// A pixel of a gray picture that shrinks to `size`, as a sum over all of its pixels.
double cubic_pixel(const cv::Mat& gray, cv::Size size, cv::Point place) {
  const double scale_x = static_cast<double>(gray.cols) / size.width;
  const double scale_y = static_cast<double>(gray.rows) / size.height;
  double sum = 0;
  double weights = 0;
  for (int y = 0; y < gray.rows; ++y) {
    for (int x = 0; x < gray.cols; ++x) {
      const double weight = cubic_kernel((x + 0.5) / scale_x - (place.x + 0.5)) *
                            cubic_kernel((y + 0.5) / scale_y - (place.y + 0.5));
      sum += weight * gray.at<uchar>(y, x);
      weights += weight;
    }
  }
  return std::clamp(sum / weights, 0.0, 255.0);
}

/// The largest difference to such sums.
double off_by_cubic(const cv::Mat& gray, const cv::Mat& shrunk) {
  double largest = 0;
  for (int y = 0; y < shrunk.rows; ++y) {
    for (int x = 0; x < shrunk.cols; ++x) {
      const auto expected = cubic_pixel(gray, shrunk.size(), {x, y});
      largest = std::max(largest, std::abs(shrunk.at<uchar>(y, x) - expected));
    }
  }
  return largest;
}

}  // namespace

TEST(Shrink, AveragesAreasAsOpenCvDoes) {
  for (const int type : {CV_8UC1, CV_8UC3}) {
    const auto image = dots({301, 207}, type);
    for (const auto& size : {cv::Size(300, 206), cv::Size(224, 97), cv::Size(31, 200)}) {
      EXPECT_EQ(off_by(image, size), 0) << size;
    }
    EXPECT_EQ(off_by(image, {1, 1}), 0);
  }
}

TEST(Shrink, RoundsHalvesOfWholePixelsToEven) {
  // Where whole pixels become one, OpenCV computes in integers and rounds halves up.
  EXPECT_LE(off_by(dots({200, 300}, CV_8UC3), {100, 100}), 1);
}

TEST(Shrink, WeighsByAWidenedCubicKernel) {
  const auto image = dots({31, 20}, CV_8UC3);
  const auto planes = channels_of(image);
  for (const auto& size : {cv::Size(30, 19), cv::Size(12, 7), cv::Size(5, 18), cv::Size(1, 1)}) {
    const auto shrunk = channels_of(shrink_all(image, size, Interpolation::bicubic));
    for (std::size_t c = 0; c < planes.size(); ++c) {
      EXPECT_LE(off_by_cubic(planes[c], shrunk[c]), 0.501) << size;  // Of rounding.
    }
  }
}

TEST(Shrink, WeighsGrayAsItWeighsAChannelOfColour) {
  const cv::Size size(12, 7);
  const auto image = dots({31, 20}, CV_8UC3);
  const auto shrunk = channels_of(shrink_all(image, size, Interpolation::bicubic));

  const auto gray = shrink_all(channels_of(image)[1], size, Interpolation::bicubic);

  ASSERT_EQ(gray.type(), CV_8UC1);
  EXPECT_EQ(cv::norm(gray, shrunk[1], cv::NORM_INF), 0);
}

TEST(Shrink, GivesAPartOfTheWhole) {
  const cv::Size size(120, 70);
  const cv::Rect part(17, 31, 40, 39);
  for (const int type : {CV_8UC1, CV_8UC3}) {
    const auto image = dots({190, 111}, type);
    for (const auto interpolation : {Interpolation::bilinear, Interpolation::bicubic}) {
      const auto whole = shrink_all(image, size, interpolation);

      EXPECT_EQ(cv::norm(shrink(image, size, part, interpolation), whole(part), cv::NORM_INF), 0);
    }
  }
}

}  // namespace athanor::data
