#include "athanor/data/augmentation.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include <gtest/gtest.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace athanor::data {

namespace {

const Preprocessing small{.height = 20, .width = 16};
const Preprocessing small_bicubic{
    .height = 20, .width = 16, .interpolation = Interpolation::bicubic};
const Augmentation random_crop{.random_crop = true};

cv::Mat noise(int height, int width) {
  cv::Mat image(height, width, CV_8UC3);
  cv::RNG random(7);
  random.fill(image, cv::RNG::UNIFORM, 0, 256);
  return image;
}

bool equal(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && cv::norm(a, b, cv::NORM_INF) == 0;
}

/// What the whole picture looks like before the crop of a key is cut from it.
cv::Mat covering(const cv::Mat& image, double height, double width, Interpolation interpolation) {
  const double scale = std::max(height / image.rows, width / image.cols);
  return resize(image,
                static_cast<int>(std::max(std::ceil(height), std::round(image.rows * scale))),
                static_cast<int>(std::max(std::ceil(width), std::round(image.cols * scale))),
                interpolation);
}

/// Of the values that it was shown.
struct Extremes {
  void show(double value) {
    least = std::min(least, value);
    largest = std::max(largest, value);
  }

  double least = 1e9;
  double largest = -1e9;
};

cv::Mat augment_whole(const cv::Mat& image,
                      const Augmentation& augmentation,
                      SampleKey key,
                      const Preprocessing& target = small) {
  const auto part = part_to_show(image.size(), augmentation, target, key);
  return augment(image(part.area), augmentation, target, key);
}

cv::Vec3b shifted(cv::Vec3b pixel, double hue, double saturation, double contrast) {
  return shift_color(cv::Mat(1, 1, CV_8UC3, cv::Scalar(pixel)), hue, saturation, contrast)
      .at<cv::Vec3b>(0, 0);
}

}  // namespace

TEST(PartToShow, IsTheWholeWithoutRandomCrop) {
  const auto part = part_to_show({90, 30}, {.random_crop = false}, small, {1, 2, 3});

  EXPECT_EQ(part.area, cv::Rect(0, 0, 90, 30));
  EXPECT_EQ(part.reduction, 1);
}

TEST(PartToShow, HasTheTargetsAspectAndARandomShareOfTheSides) {
  // The largest part of the target's 16 x 20 is 112 x 140.
  const cv::Size picture(300, 140);
  int least = 200;
  int largest = 0;
  for (std::uint32_t sample = 0; sample < 300; ++sample) {
    const auto [area, reduction] = part_to_show(picture, random_crop, small, {1, 2, sample});
    EXPECT_NEAR(area.width, area.height * 0.8, reduction);
    EXPECT_EQ(area & cv::Rect(cv::Point(), picture), area);
    least = std::min(least, area.height);
    largest = std::max(largest, area.height);
  }
  EXPECT_NEAR(least, 0.45 * 140, 3);
  EXPECT_NEAR(largest, 140, 3);
}

TEST(PartToShow, IsAtAnyPlace) {
  const cv::Size picture(20, 25);
  std::set<std::pair<int, int>> places;
  int at_the_end = 0;
  for (std::uint32_t sample = 0; sample < 1000; ++sample) {
    const auto area = part_to_show(picture, random_crop, small, {1, 2, sample}).area;
    places.emplace(area.x, area.y);
    at_the_end += area.br() == cv::Point(picture) ? 1 : 0;
  }
  EXPECT_GT(places.size(), 80U);
  EXPECT_GT(at_the_end, 20);
}

TEST(PartToShow, IsInsideOfEveryPicture) {
  for (const auto& size : {cv::Size(1, 1), cv::Size(1, 900), cv::Size(700, 2), cv::Size(33, 31)}) {
    for (std::uint32_t sample = 0; sample < 100; ++sample) {
      const auto area = part_to_show(size, random_crop, small, {1, 2, sample}).area;
      EXPECT_GT(area.area(), 0);
      EXPECT_EQ(area & cv::Rect(cv::Point(), size), area) << size;
    }
  }
}

TEST(PartToShow, IsReducedWhereTheTargetKeepsItsPixels) {
  for (std::uint32_t sample = 0; sample < 100; ++sample) {
    const auto [area, reduction] = part_to_show({250, 250}, random_crop, small, {1, 2, sample});
    EXPECT_EQ(area.x % reduction + area.y % reduction, 0);
    EXPECT_GE(area.width / reduction, small.width);
    EXPECT_GE(area.height / reduction, small.height);
    EXPECT_TRUE(reduction == 8 || area.width / reduction <= 2 * small.width);
  }
  EXPECT_EQ(part_to_show({127, 900}, {.random_crop = false}, small, {1, 2, 3}).reduction, 4);
  EXPECT_EQ(part_to_show({128, 900}, {.random_crop = false}, small, {1, 2, 3}).reduction, 8);
}

TEST(PartToShow, LooksTheSameReduced) {
  cv::Mat large;
  cv::resize(noise(10, 10), large, {100, 100}, 0, 0, cv::INTER_CUBIC);
  for (std::uint32_t sample = 0; sample < 20; ++sample) {
    const SampleKey key{1, 2, sample};
    const auto [area, reduction] = part_to_show(large.size(), random_crop, small, key);
    cv::Mat reduced;
    cv::resize(large(area), reduced, area.size() / reduction, 0, 0, cv::INTER_AREA);
    ASSERT_GT(reduction, 1);
    const auto difference = cv::norm(augment_whole(large, random_crop, key),
                                     augment(reduced, random_crop, small, key),
                                     cv::NORM_L1);
    EXPECT_LT(difference / (20 * 16 * 3), 5);  // A pixel further, it is 17.
  }
}

TEST(Augment, GivesTheTargetSizeForEveryShape) {
  for (const auto& size : {cv::Size(3, 90), cv::Size(16, 20), cv::Size(200, 21), cv::Size(1, 1)}) {
    for (const bool crop : {false, true}) {
      const auto result = augment_whole(
          noise(size.height, size.width), {.random_crop = crop, .color = true}, {1, 2, 3});
      EXPECT_EQ(result.size(), cv::Size(16, 20)) << size;
    }
  }
}

TEST(Augment, DependsOnTheKeyAlone) {
  const auto image = noise(60, 60);
  const Augmentation all{.random_crop = true, .color = true};

  EXPECT_TRUE(equal(augment_whole(image, all, {1, 2, 3}), augment_whole(image, all, {1, 2, 3})));
  EXPECT_FALSE(equal(augment_whole(image, all, {1, 2, 3}), augment_whole(image, all, {1, 3, 3})));
}

TEST(Augment, MovesAndScalesWithinItsBounds) {
  // A white square of 6 pixels in the middle of 20 x 20.
  const Preprocessing target{.height = 20, .width = 20};
  cv::Mat image(20, 20, CV_8UC3, cv::Scalar::all(0));
  image(cv::Rect(7, 7, 6, 6)).setTo(cv::Scalar::all(255));
  const Augmentation place{.horizontal_flip = false, .shift = 0.1, .zoom = 0.2};
  Extremes sums;
  Extremes left_edges;

  for (std::uint32_t sample = 0; sample < 300; ++sample) {
    const auto result = augment(image, place, target, {1, 1, sample});
    sums.show(cv::sum(result)[0] / 255);
    int left = 0;
    while (result.at<cv::Vec3b>(10, left)[0] < 128) {
      ++left;
    }
    left_edges.show(left);
  }

  EXPECT_NEAR(sums.least, 36 * 0.8 * 0.8, 2);
  EXPECT_NEAR(sums.largest, 36 * 1.2 * 1.2, 2);
  EXPECT_LE(left_edges.least, 5);
  EXPECT_GE(left_edges.largest, 9);
}

TEST(Augment, VariesColoursWithinItsBounds) {
  // Green shows hue and saturation, grey the contrast alone; neither gets as far as 0 or 255. All
  // parts of either picture are alike.
  const Preprocessing target{.height = 1, .width = 1};
  const cv::Mat green_picture(4, 4, CV_8UC3, cv::Scalar(50, 230, 50));
  const cv::Mat gray_picture(4, 4, CV_8UC3, cv::Scalar::all(227));
  const Augmentation color{.random_crop = true, .color = true, .horizontal_flip = false};
  Extremes hues;
  Extremes saturations;
  Extremes contrasts;

  for (std::uint32_t sample = 0; sample < 1000; ++sample) {
    const auto pixel_of = [&](const cv::Mat& picture) {
      return augment(picture, color, target, {1, 1, sample}).at<cv::Vec3b>(0, 0);
    };
    const auto green = pixel_of(green_picture);
    const double contrast = (pixel_of(gray_picture)[0] - 127.5) / (227 - 127.5);
    const double range = green[1] - std::min(green[0], green[2]);
    hues.show(60 * (green[0] - green[2]) / range);
    saturations.show(range / (230 - 50) / contrast);
    contrasts.show(contrast);
  }

  // OpenCV has steps of 2 degrees.
  EXPECT_NEAR(hues.least, -24, 1.5);
  EXPECT_NEAR(hues.largest, 24, 1.5);
  EXPECT_NEAR(saturations.least, 0.8, 0.03);
  EXPECT_NEAR(saturations.largest, 1.2, 0.03);
  EXPECT_NEAR(contrasts.least, 0.9, 0.01);
  EXPECT_NEAR(contrasts.largest, 1.1, 0.01);
}

TEST(Augment, FillsWhatAShiftLeavesFreeWithTheEdge) {
  const cv::Mat gray(20, 16, CV_8UC3, cv::Scalar::all(77));

  const auto result = augment(gray, {.shift = 0.5, .zoom = 0.5}, small, {1, 1, 1});

  EXPECT_TRUE(equal(result, gray));
}

TEST(Augment, FlipsAboutHalfOfThePictures) {
  const auto image = noise(20, 16);
  cv::Mat mirrored;
  cv::flip(image, mirrored, 1);
  int flips = 0;

  for (std::uint32_t sample = 0; sample < 1000; ++sample) {
    const auto result = augment(image, {}, small, {1, 1, sample});
    const bool flipped = equal(result, mirrored);
    ASSERT_TRUE(flipped || equal(result, image));
    flips += flipped ? 1 : 0;
  }

  EXPECT_NEAR(flips, 500, 60);
}

TEST(Augment, LeavesAPictureOfTheTargetSizeAloneWithoutFlip) {
  const auto image = noise(20, 16);

  EXPECT_TRUE(equal(augment(image, {.horizontal_flip = false}, small, {1, 1, 1}), image));
}

TEST(Fit, CropsTheCentreWithTheUsualMarginOf224) {
  cv::Mat image(256, 256, CV_8UC1, cv::Scalar(0));
  image(cv::Rect(16, 16, 224, 224)) = 255;

  const auto result = fit(image, true, {.height = 224, .width = 224});

  EXPECT_EQ(result.size(), cv::Size(224, 224));
  EXPECT_EQ(cv::countNonZero(result), 224 * 224);
}

TEST(Fit, CutsWhatResizingTheWholePictureWouldGive) {
  for (const auto& size : {cv::Size(12, 9), cv::Size(28, 30), cv::Size(150, 110)}) {
    for (const auto& target : {small, small_bicubic}) {
      const auto image = noise(size.height, size.width);
      const auto whole = covering(
          image, target.height * center_margin, target.width * center_margin, target.interpolation);
      const cv::Rect center((whole.cols - target.width) / 2,
                            (whole.rows - target.height) / 2,
                            target.width,
                            target.height);

      EXPECT_LE(cv::norm(fit(image, true, target), whole(center), cv::NORM_INF), 1) << size;
    }
  }
}

TEST(Fit, HeedsTheInterpolationWhereverPicturesGrowOrShrink) {
  for (const auto& size : {cv::Size(9, 12), cv::Size(150, 110)}) {
    const auto image = noise(size.height, size.width);
    for (const bool center_crop : {false, true}) {
      EXPECT_FALSE(equal(fit(image, center_crop, small), fit(image, center_crop, small_bicubic)))
          << size;
    }
  }
}

TEST(Fit, LooksAtTheMiddleOfWhatIsLongAndNarrow) {
  for (const int length : {50'000'000, 50'000'001}) {
    cv::Mat image(1, length, CV_8UC1, cv::Scalar(0));
    image(cv::Rect(length / 2 - 2, 0, 4 + length % 2, 1)) = 255;

    EXPECT_EQ(cv::countNonZero(fit(image, true, small)), 20 * 16) << length;
    EXPECT_EQ(cv::countNonZero(fit(image.t(), true, small)), 20 * 16) << length;
  }
}

TEST(Fit, ResizesTheWholePictureWithoutCrop) {
  cv::Mat image(40, 32, CV_8UC1, cv::Scalar(0));
  image(cv::Rect(0, 0, 16, 40)) = 255;

  const auto result = fit(image, false, small);

  EXPECT_EQ(cv::countNonZero(result), 20 * 8);
}

TEST(ShiftColor, TurnsTheHue) {
  EXPECT_EQ(shifted({0, 0, 255}, 120, 1, 1), cv::Vec3b(0, 255, 0));
  EXPECT_EQ(shifted({0, 0, 255}, -120, 1, 1), cv::Vec3b(255, 0, 0));
}

TEST(ShiftColor, KeepsGrayGray) {
  EXPECT_EQ(shifted({90, 90, 90}, 25, 1.2, 1), cv::Vec3b(90, 90, 90));
}

TEST(ShiftColor, ScalesContrastAboutMidGray) {
  EXPECT_EQ(shifted({200, 200, 200}, 0, 1, 1.1), cv::Vec3b(207, 207, 207));
  EXPECT_EQ(shifted({50, 50, 50}, 0, 1, 1.1), cv::Vec3b(42, 42, 42));
}

}  // namespace athanor::data
