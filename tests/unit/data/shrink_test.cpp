#include "athanor/data/shrink.hpp"

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

/// The largest difference to OpenCV's mean over areas.
double off_by(const cv::Mat& image, cv::Size size) {
  cv::Mat expected;
  cv::resize(image, expected, size, 0, 0, cv::INTER_AREA);
  return cv::norm(shrink(image, size, {cv::Point(), size}), expected, cv::NORM_INF);
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

TEST(Shrink, GivesAPartOfTheWhole) {
  const cv::Size size(120, 70);
  const cv::Rect part(17, 31, 40, 39);
  for (const int type : {CV_8UC1, CV_8UC3}) {
    const auto image = dots({190, 111}, type);
    const auto whole = shrink(image, size, {cv::Point(), size});

    EXPECT_EQ(cv::norm(shrink(image, size, part), whole(part), cv::NORM_INF), 0);
  }
}

}  // namespace athanor::data
