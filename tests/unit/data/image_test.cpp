#include "athanor/data/image.hpp"

#include <fstream>

#include "support/paths.hpp"
#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/core/utility.hpp>

namespace athanor::data {

namespace {

using athanor::testing::TempDir;
using ::testing::HasSubstr;

void write_bytes(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace

TEST(ReadImage, GivesBackWhatWasWritten) {
  const TempDir dir;
  const cv::Mat written(5, 7, CV_8UC3, cv::Scalar(10, 20, 30));
  ASSERT_TRUE(write_image(dir.path() / "a.png", written));

  const auto image = read_image(dir.path() / "a.png", Channels::color);

  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(image->size(), written.size());
  EXPECT_EQ(image->at<cv::Vec3b>(4, 6), cv::Vec3b(10, 20, 30));
}

TEST(ReadImage, TurnsColorIntoGrayAndBack) {
  const TempDir dir;
  ASSERT_TRUE(write_image(dir.path() / "a.png", cv::Mat(4, 4, CV_8UC3, cv::Scalar(50, 50, 50))));
  ASSERT_TRUE(write_image(dir.path() / "b.png", cv::Mat(4, 4, CV_8UC1, cv::Scalar(60))));

  const auto gray = read_image(dir.path() / "a.png", Channels::gray);
  const auto color = read_image(dir.path() / "b.png", Channels::color);

  EXPECT_EQ(gray->channels(), 1);
  EXPECT_EQ(gray->at<std::uint8_t>(0, 0), 50);
  EXPECT_EQ(color->channels(), 3);
  EXPECT_EQ(color->at<cv::Vec3b>(0, 0), cv::Vec3b(60, 60, 60));
}

TEST(ReadImage, TakesTheUpperHalfOf16Bits) {
  const TempDir dir;
  ASSERT_TRUE(write_image(dir.path() / "a.png",
                          cv::Mat(4, 4, CV_16UC3, cv::Scalar(40 << 8, 50 << 8, 255))));

  const auto image = read_image(dir.path() / "a.png", Channels::color);

  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(image->depth(), CV_8U);
  EXPECT_EQ(image->at<cv::Vec3b>(1, 1), cv::Vec3b(40, 50, 0));
}

TEST(ReadImage, DropsAlpha) {
  const TempDir dir;
  ASSERT_TRUE(write_image(dir.path() / "a.png", cv::Mat(4, 4, CV_8UC4, cv::Scalar(1, 2, 3, 0))));

  const auto image = read_image(dir.path() / "a.png", Channels::color);

  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(image->at<cv::Vec3b>(1, 1), cv::Vec3b(1, 2, 3));
}

TEST(ReadImage, TurnsCmykIntoColor) {
  const auto image = read_image(
      athanor::testing::source_folder() / "tests/golden/pictures/cmyk.jpg", Channels::color);

  ASSERT_TRUE(image) << image.error().message;
  const auto pixel = image->at<cv::Vec3b>(8, 8);
  EXPECT_NEAR(pixel[2], 161, 3);
  EXPECT_NEAR(pixel[1], 106, 3);
  EXPECT_NEAR(pixel[0], 24, 3);
}

TEST(ReadImage, GivesAJpegThatIsLargeEnoughInAFraction) {
  const TempDir dir;
  cv::Mat left_and_right(128, 200, CV_8UC3, cv::Scalar(20, 40, 60));
  left_and_right(cv::Rect(100, 0, 100, 128)).setTo(cv::Scalar(200, 180, 160));
  ASSERT_TRUE(write_image(dir.path() / "a.jpg", left_and_right));
  ASSERT_TRUE(write_image(dir.path() / "a.png", left_and_right));
  const auto size = [&](const char* name, int enough_side) {
    return read_image(dir.path() / name, Channels::color, enough_side)->size();
  };

  EXPECT_EQ(size("a.jpg", 0), cv::Size(200, 128));
  EXPECT_EQ(size("a.jpg", 65), cv::Size(200, 128));
  EXPECT_EQ(size("a.jpg", 64), cv::Size(100, 64));
  EXPECT_EQ(size("a.jpg", 33), cv::Size(100, 64));
  EXPECT_EQ(size("a.jpg", 32), cv::Size(50, 32));
  EXPECT_EQ(size("a.jpg", 1), cv::Size(25, 16));
  EXPECT_EQ(size("a.png", 1), cv::Size(200, 128));

  const auto reduced = *read_image(dir.path() / "a.jpg", Channels::gray, 32);
  EXPECT_NEAR(reduced.at<std::uint8_t>(16, 10), 44, 3);
  EXPECT_NEAR(reduced.at<std::uint8_t>(16, 40), 176, 3);
}

TEST(ReadImage, NamesADamagedFile) {
  const TempDir dir;
  std::filesystem::create_directory(dir.path() / "cat");
  write_bytes(dir.path() / "cat/bad.jpg", "\xff\xd8 this is no picture");

  const auto image = read_image(dir.path() / "cat/bad.jpg", Channels::color);

  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(image.error().message, HasSubstr("cat/bad.jpg"));
}

TEST(ReadImage, NamesAnEmptyOrMissingFile) {
  const TempDir dir;
  write_bytes(dir.path() / "empty.png", "");

  EXPECT_THAT(read_image(dir.path() / "empty.png", Channels::gray).error().message,
              HasSubstr("empty.png"));
  EXPECT_THAT(read_image(dir.path() / "missing.png", Channels::gray).error().message,
              HasSubstr("missing.png"));
}

TEST(ReadImage, RefusesMorePixelsThanTheLimit) {
  const TempDir dir;
  // A portable graymap of 10008 x 10000 pixels, one bit each, so that the test stays quick.
  const std::string header = "P4\n10008 10000\n";
  write_bytes(dir.path() / "huge.pgm", header + std::string(10008 / 8 * 10000, '\0'));

  const auto image = read_image(dir.path() / "huge.pgm", Channels::gray);

  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code, ErrorCode::too_large);
  EXPECT_THAT(image.error().message, HasSubstr("10008 x 10000"));
}

TEST(KeepPicturesToTheirThreads, LeavesNoneOfAPool) {
  keep_pictures_to_their_threads();

  EXPECT_EQ(cv::getNumThreads(), 1);
}

TEST(IsImageName, KnowsExtensionsInAnyCase) {
  EXPECT_TRUE(is_image_name("a.JPG"));
  EXPECT_TRUE(is_image_name("dir/b.jpeg"));
  EXPECT_FALSE(is_image_name("classes.txt"));
  EXPECT_FALSE(is_image_name("jpg"));
}

}  // namespace athanor::data
