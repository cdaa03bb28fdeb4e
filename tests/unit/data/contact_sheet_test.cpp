#include "athanor/data/contact_sheet.hpp"

#include <gtest/gtest.h>
#include <opencv2/core.hpp>

namespace athanor::data {

TEST(ContactSheet, HoldsSixPicturesARow) {
  ContactSheet sheet;
  for (int i = 0; i < 7; ++i) {
    sheet.add(cv::Mat(30, 20, CV_8UC3, cv::Scalar(0, 0, 255)), "red");
  }

  const auto drawn = sheet.draw();

  EXPECT_EQ(drawn.cols, 6 * (224 + 4) + 4);
  EXPECT_EQ(drawn.rows, 2 * (248 + 4) + 4);
  // The middle of the first tile and of the last, and of a place that stays free.
  const cv::Vec3b red(0, 0, 255);
  EXPECT_EQ(drawn.at<cv::Vec3b>(4 + 124, 4 + 112), red);
  EXPECT_EQ(drawn.at<cv::Vec3b>(252 + 4 + 124, 4 + 112), red);
  EXPECT_EQ(drawn.at<cv::Vec3b>(252 + 4 + 124, 228 + 4 + 112), cv::Vec3b(255, 255, 255));
}

TEST(ContactSheet, ShowsPicturesOfAnyShape) {
  ContactSheet sheet;
  EXPECT_TRUE(sheet.empty());
  for (const auto& size : {cv::Size(2000, 3), cv::Size(1, 900), cv::Size(1, 1)}) {
    sheet.add(cv::Mat(size, CV_8UC3, cv::Scalar(0, 0, 255)), "caption");
  }

  EXPECT_FALSE(sheet.empty());
  EXPECT_EQ(sheet.draw().cols, 3 * (224 + 4) + 4);
}

}  // namespace athanor::data
