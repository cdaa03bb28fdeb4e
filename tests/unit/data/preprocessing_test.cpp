#include "athanor/data/preprocessing.hpp"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::data {

namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;

std::vector<float> normalized(const cv::Mat& image, Preprocessing preprocessing) {
  preprocessing.height = image.rows;
  preprocessing.width = image.cols;
  preprocessing.channels = static_cast<Channels>(image.channels());
  std::vector<float> out(image.total() * static_cast<std::size_t>(image.channels()));
  normalize(image, preprocessing, out.data());
  return out;
}

auto near(double value) {
  return FloatNear(static_cast<float>(value), 1e-4F);
}

const cv::Mat blue_green_red(1, 1, CV_8UC3, cv::Scalar(10, 100, 200));
const cv::Mat gray_pixel(1, 1, CV_8UC1, cv::Scalar(100));

}  // namespace

TEST(Normalize, CaffeKeepsBlueFirstAndSubtractsTheMean) {
  EXPECT_THAT(normalized(blue_green_red, {.mode = PreprocessMode::caffe}),
              ElementsAre(near(10 - 103.939), near(100 - 116.779), near(200 - 123.68)));
  EXPECT_THAT(normalized(gray_pixel, {.mode = PreprocessMode::caffe}),
              ElementsAre(near(100 - 117.3786)));
}

TEST(Normalize, CaffeTakesACustomMean) {
  EXPECT_THAT(normalized(blue_green_red, {.image_mean = std::array{1.0, 2.0, 3.0}}),
              ElementsAre(near(9), near(98), near(197)));
}

TEST(Normalize, TorchPutsRedFirstAndScales) {
  EXPECT_THAT(normalized(blue_green_red, {.mode = PreprocessMode::torch}),
              ElementsAre(near((200 / 255.0 - 0.485) / 0.229),
                          near((100 / 255.0 - 0.456) / 0.224),
                          near((10 / 255.0 - 0.406) / 0.225)));
}

TEST(Normalize, TfScalesToMinusOneToOne) {
  EXPECT_THAT(normalized(blue_green_red, {.mode = PreprocessMode::tf}),
              ElementsAre(near(200 / 127.5 - 1), near(100 / 127.5 - 1), near(10 / 127.5 - 1)));
}

TEST(Normalize, ReadsRowsOfAPartOfAPicture) {
  cv::Mat whole(2, 4, CV_8UC1);
  for (int i = 0; i < 8; ++i) {
    whole.at<std::uint8_t>(i / 4, i % 4) = static_cast<std::uint8_t>(i);
  }

  EXPECT_THAT(normalized(whole(cv::Rect(1, 0, 2, 2)), {.image_mean = std::array{0.0, 0.0, 0.0}}),
              ElementsAre(1, 2, 5, 6));
}

TEST(ParseImageSize, ReadsChannelsHeightWidth) {
  Preprocessing preprocessing;

  ASSERT_TRUE(parse_image_size("1, 28,32", preprocessing));

  EXPECT_EQ(preprocessing.channels, Channels::gray);
  EXPECT_EQ(preprocessing.height, 28);
  EXPECT_EQ(preprocessing.width, 32);
}

TEST(ParseImageSize, RefusesWhatIsNoSizeAndSaysHowToWriteIt) {
  Preprocessing preprocessing;
  for (const auto* text :
       {"", "3,224", "4,224,224", "3,0,224", "3,x,224", "3,224,224,1", "3,99999,9"}) {
    const auto status = parse_image_size(text, preprocessing);
    ASSERT_FALSE(status) << text;
    EXPECT_THAT(status.error().message, HasSubstr("3,224,224"));
  }
}

TEST(Preprocessing, TellsTheShapeOfWhatANetworkSees) {
  const Preprocessing gray_pixels{.channels = Channels::gray, .height = 28, .width = 32};

  EXPECT_THAT(gray_pixels.picture_shape(), ElementsAre(1, 28, 32));
  EXPECT_THAT(gray_pixels.batch_shape(5), ElementsAre(5, 1, 28, 32));
}

TEST(Preprocessing, SurvivesJson) {
  const Preprocessing written{.channels = Channels::gray,
                              .height = 28,
                              .width = 30,
                              .mode = PreprocessMode::tf,
                              .interpolation = Interpolation::bicubic,
                              .image_mean = std::array{1.0, 2.0, 3.0}};

  const auto read = preprocessing_from_json(to_json(written));

  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, written);
}

}  // namespace athanor::data
