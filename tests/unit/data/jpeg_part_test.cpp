#include "athanor/data/jpeg_part.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/jpeg_bytes.hpp"
#include "support/paths.hpp"
#include <gtest/gtest.h>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "athanor/core/files.hpp"
#include "athanor/data/random.hpp"

namespace athanor::data {

namespace {

using athanor::testing::encode_jpeg;
using athanor::testing::JpegKind;

/// Hard edges in all colours, so that every block has every frequency.
cv::Mat colour_noise(int height, int width) {
  cv::Mat image(height, width, CV_8UC3);
  cv::RNG(7).fill(image, cv::RNG::UNIFORM, 0, 256);
  return image;
}

cv::Mat gray_noise(int height, int width) {
  cv::Mat image(height, width, CV_8UC1);
  cv::RNG(8).fill(image, cv::RNG::UNIFORM, 0, 256);
  return image;
}

cv::Mat decode_by_opencv(const std::string& jpeg, int reduction, int channels) {
  const int color = channels == 3 ? cv::IMREAD_COLOR : cv::IMREAD_GRAYSCALE;
  // The flags of OpenCV for halves, quarters and eighths are 16, 32 and 64.
  const int flags = reduction == 1 ? color : color | reduction * 8;
  return cv::imdecode(std::vector<std::uint8_t>(jpeg.begin(), jpeg.end()), flags);
}

JpegPart part_at(const cv::Rect& area, int reduction = 1) {
  const auto number = [](int value) { return static_cast<std::uint32_t>(value); };
  return {
      number(area.x), number(area.y), number(area.width), number(area.height), number(reduction)};
}

/// Empty where the whole has to be decoded.
cv::Mat decode_area(std::string_view jpeg, const cv::Rect& area, int reduction, int channels) {
  cv::Mat pixels(area.size(), CV_8UC(channels), cv::Scalar::all(0));
  return decode_jpeg_part(jpeg, part_at(area, reduction), channels, pixels.data) ? pixels
                                                                                 : cv::Mat();
}

bool is_decoded(std::string_view jpeg, const cv::Rect& area) {
  return !decode_area(jpeg, area, 1, 3).empty();
}

/// Holds parts at random places, and the whole, against what OpenCV makes of the picture.
void expect_parts_of_the_whole(const std::string& jpeg, int reduction, int channels) {
  const auto whole = decode_by_opencv(jpeg, reduction, channels);
  RandomStream random({static_cast<std::uint64_t>(reduction)});
  const auto below = [&](int bound) {
    return static_cast<int>(random.below(static_cast<std::uint64_t>(bound)));
  };
  for (int i = 0; i < 20; ++i) {
    cv::Rect area(cv::Point(), whole.size());
    if (i > 0) {
      area.x = below(whole.cols);
      area.y = below(whole.rows);
      area.width = 1 + below(whole.cols - area.x);
      area.height = 1 + below(whole.rows - area.y);
    }
    const auto part = decode_area(jpeg, area, reduction, channels);
    ASSERT_EQ(part.size(), area.size()) << area;
    ASSERT_EQ(cv::norm(part, whole(area), cv::NORM_INF), 0) << area << " at 1/" << reduction;
  }
}

void expect_parts_in_every_form(const std::string& jpeg) {
  for (const int reduction : {1, 2, 4, 8}) {
    for (const int channels : {1, 3}) {
      expect_parts_of_the_whole(jpeg, reduction, channels);
    }
  }
}

/// Of a JPEG without notes, where the compressed pixels begin.
std::size_t first_scan(const std::string& jpeg) {
  return jpeg.find("\xFF\xDA");
}

}  // namespace

TEST(DecodeJpegPart, GivesThePixelsOfTheWholeForEverySubsampling) {
  for (const bool progressive : {false, true}) {
    for (const auto& [horizontal, vertical] : {std::pair(1, 1), {2, 1}, {1, 2}, {2, 2}}) {
      SCOPED_TRACE(::testing::Message() << horizontal << "x" << vertical << " " << progressive);
      expect_parts_in_every_form(
          encode_jpeg(colour_noise(157, 203), {horizontal, vertical, progressive}));
    }
  }
}

TEST(DecodeJpegPart, GivesThePixelsOfTheWholeForGray) {
  for (const bool progressive : {false, true}) {
    expect_parts_in_every_form(encode_jpeg(gray_noise(157, 203), {.progressive = progressive}));
  }
}

TEST(DecodeJpegPart, GivesThePixelsOfTheWholeForTinyPictures) {
  for (const auto& size : {cv::Size(1, 1), cv::Size(3, 5), cv::Size(4, 40), cv::Size(17, 16)}) {
    SCOPED_TRACE(size);
    expect_parts_in_every_form(encode_jpeg(colour_noise(size.height, size.width)));
  }
}

TEST(DecodeJpegPart, LeavesOtherKindsToTheWhole) {
  const auto cmyk =
      read_file(athanor::testing::source_folder() / "tests/golden/pictures/cmyk.jpg").value();

  EXPECT_FALSE(is_decoded(cmyk, {0, 0, 8, 8}));
  EXPECT_FALSE(is_decoded(encode_jpeg(colour_noise(16, 64), {4, 1}), {0, 0, 8, 8}));
  EXPECT_FALSE(is_decoded("\xFF\xD8\xFF this is no picture", {0, 0, 8, 8}));
  EXPECT_FALSE(is_decoded("", {0, 0, 8, 8}));
}

TEST(DecodeJpegPart, LeavesPartsThatReachOutsideToTheWhole) {
  const auto jpeg = encode_jpeg(colour_noise(16, 24));

  EXPECT_TRUE(is_decoded(jpeg, {20, 10, 4, 6}));
  EXPECT_FALSE(is_decoded(jpeg, {20, 10, 5, 6}));
  EXPECT_FALSE(is_decoded(jpeg, {20, 10, 4, 7}));
  EXPECT_FALSE(is_decoded(jpeg, {-1, 0, 4, 4}));
}

TEST(DecodeJpegPart, SeesDamageAboveItsLastRowAlone) {
  const auto jpeg = encode_jpeg(colour_noise(160, 160));
  const auto middle = first_scan(jpeg) + (jpeg.size() - first_scan(jpeg)) / 2;
  const auto cut = jpeg.substr(0, middle);
  auto ended_early = jpeg;
  ended_early.replace(middle, 2, "\xFF\xD9");

  for (const auto& damaged : {cut, ended_early}) {
    const cv::Rect top(0, 0, 160, 40);
    EXPECT_EQ(cv::norm(decode_area(damaged, top, 1, 3), decode_area(jpeg, top, 1, 3)), 0);
    EXPECT_FALSE(is_decoded(damaged, {0, 120, 160, 40}));
  }
}

TEST(DecodeJpegPart, LeavesAProgressionWithoutItsEndToTheWhole) {
  const auto jpeg = encode_jpeg(colour_noise(64, 64), {.progressive = true});
  const auto unfinished = jpeg.substr(0, jpeg.rfind("\xFF\xDA")) + "\xFF\xD9";

  EXPECT_TRUE(is_decoded(jpeg, {20, 20, 10, 10}));
  EXPECT_FALSE(is_decoded(unfinished, {20, 20, 10, 10}));
}

}  // namespace athanor::data
