#include "athanor/data/image.hpp"

#include <fstream>

#include "support/jpeg_bytes.hpp"
#include "support/paths.hpp"
#include "support/picture_bytes.hpp"
#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>
#include <opencv2/core/utility.hpp>
#include <opencv2/imgproc.hpp>

namespace athanor::data {

namespace {

using athanor::testing::encode_jpeg;
using athanor::testing::exif_segment;
using athanor::testing::TempDir;
using athanor::testing::with_segment;
using ::testing::HasSubstr;

void write_bytes(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// Slow changes of all colours.
cv::Mat smooth(int height, int width) {
  cv::Mat coarse(6, 9, CV_8UC3);
  cv::RNG(9).fill(coarse, cv::RNG::UNIFORM, 0, 256);
  cv::Mat image;
  cv::resize(coarse, image, {width, height}, 0, 0, cv::INTER_CUBIC);
  return image;
}

cv::Mat read_part(const std::filesystem::path& path, const cv::Rect& area, int reduction = 1) {
  return read_image_part(
             path,
             Channels::color,
             [&](cv::Size) { return PicturePart{.area = area, .reduction = reduction}; })
      .value();
}

bool is_same(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && cv::norm(a, b, cv::NORM_INF) == 0;
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

TEST(ReadImage, KeepsAcceptingAJpegWhoseEndIsMissing) {
  const TempDir dir;
  const auto jpeg = encode_jpeg(smooth(64, 64));
  write_bytes(dir.path() / "cut.jpg", jpeg.substr(0, jpeg.size() * 3 / 4));

  const auto image = read_image(dir.path() / "cut.jpg", Channels::color);

  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(image->size(), cv::Size(64, 64));
}

TEST(ReadImagePart, CutsEveryFormat) {
  const TempDir dir;
  const auto jpeg = encode_jpeg(smooth(60, 90));
  write_bytes(dir.path() / "a.jpg", jpeg);
  write_bytes(dir.path() / "turned.jpg", with_segment(jpeg, exif_segment(6)));
  const auto whole = read_image(dir.path() / "a.jpg", Channels::color).value();
  ASSERT_TRUE(write_image(dir.path() / "a.png", whole));
  cv::Mat turned;
  cv::rotate(whole, turned, cv::ROTATE_90_CLOCKWISE);
  const cv::Rect area(5, 7, 41, 33);

  EXPECT_TRUE(is_same(read_part(dir.path() / "a.jpg", area), whole(area)));
  EXPECT_TRUE(is_same(read_part(dir.path() / "a.png", area), whole(area)));
  EXPECT_TRUE(is_same(read_part(dir.path() / "turned.jpg", area), turned(area)));
}

TEST(ReadImagePart, ReducesJpegsAlone) {
  const TempDir dir;
  const auto jpeg = encode_jpeg(smooth(61, 90));
  write_bytes(dir.path() / "a.jpg", jpeg);
  write_bytes(dir.path() / "turned.jpg", with_segment(jpeg, exif_segment(6)));
  const auto whole = read_image(dir.path() / "a.jpg", Channels::color).value();
  ASSERT_TRUE(write_image(dir.path() / "a.png", whole));
  const cv::Rect area(8, 16, 40, 24);
  cv::Mat quarter;
  cv::resize(whole(area), quarter, {10, 6}, 0, 0, cv::INTER_AREA);

  EXPECT_TRUE(is_same(read_part(dir.path() / "a.png", area, 4), whole(area)));
  const auto reduced = read_part(dir.path() / "a.jpg", area, 4);
  ASSERT_EQ(reduced.size(), quarter.size());
  EXPECT_LE(cv::norm(reduced, quarter, cv::NORM_INF), 15);  // libjpeg does not average.
  EXPECT_EQ(read_part(dir.path() / "turned.jpg", {40, 72, 16, 18}, 4).size(), cv::Size(4, 5));
}

TEST(ReadImagePart, ChoosesByTheSizeThatIsShown) {
  const TempDir dir;
  write_bytes(dir.path() / "turned.jpg",
              with_segment(encode_jpeg(smooth(60, 90)), exif_segment(8)));

  const auto part = read_image_part(dir.path() / "turned.jpg", Channels::gray, [](cv::Size size) {
    EXPECT_EQ(size, cv::Size(60, 90));
    return PicturePart{.area = {0, 0, 60, 1}};
  });

  ASSERT_TRUE(part) << part.error().message;
  EXPECT_EQ(part->size(), cv::Size(60, 1));
}

TEST(ReadImagePart, NamesAFileThatIsDamagedAtItsBeginning) {
  const TempDir dir;
  write_bytes(dir.path() / "bad.jpg", encode_jpeg(smooth(64, 64)).substr(0, 100));

  const auto part = read_image_part(dir.path() / "bad.jpg", Channels::color, [](cv::Size) {
    return PicturePart{.area = {0, 0, 8, 8}};
  });

  ASSERT_FALSE(part);
  EXPECT_THAT(part.error().message, HasSubstr("bad.jpg"));
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
