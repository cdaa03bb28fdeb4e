#include "athanor/data/augmentation.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace athanor::data {

namespace {

constexpr double smallest_crop = 0.45;
constexpr double hue_range = 25;
constexpr double saturation_range = 0.2;
constexpr double contrast_range = 0.1;

/// Resized with its aspect kept so that both sides reach the given ones.
cv::Mat resize_to_cover(const cv::Mat& image,
                        double height,
                        double width,
                        Interpolation interpolation) {
  const double scale = std::max(height / image.rows, width / image.cols);
  const auto scaled = [scale](int side, double least) {
    return static_cast<int>(std::max(std::ceil(least), std::round(side * scale)));
  };
  return resize(image, scaled(image.rows, height), scaled(image.cols, width), interpolation);
}

cv::Mat random_crop(const cv::Mat& image, const Preprocessing& target, SampleKey key) {
  RandomStream random({key.seed, key.epoch, key.sample, RandomUse::crop});
  const double fraction = random.uniform(smallest_crop, 1.0);
  const auto covered = resize_to_cover(
      image, target.height / fraction, target.width / fraction, target.interpolation);
  const auto place = [&random](int room) {
    return static_cast<int>(random.below(static_cast<std::uint64_t>(room) + 1));
  };
  const int top = place(covered.rows - target.height);
  const int left = place(covered.cols - target.width);
  return covered(cv::Rect(left, top, target.width, target.height));
}

cv::Mat random_color(const cv::Mat& image, SampleKey key) {
  RandomStream random({key.seed, key.epoch, key.sample, RandomUse::color});
  const double hue = random.uniform(-hue_range, hue_range);
  const double saturation = random.uniform(1 - saturation_range, 1 + saturation_range);
  const double contrast = random.uniform(1 - contrast_range, 1 + contrast_range);
  return shift_color(image, hue, saturation, contrast);
}

/// Shifted and scaled about the centre.
cv::Mat random_place(const cv::Mat& image, const Augmentation& augmentation, SampleKey key) {
  RandomStream random({key.seed, key.epoch, key.sample, RandomUse::place});
  const double dx = random.uniform(-augmentation.shift, augmentation.shift) * image.cols;
  const double dy = random.uniform(-augmentation.shift, augmentation.shift) * image.rows;
  const double scale = random.uniform(1 - augmentation.zoom, 1 + augmentation.zoom);
  const double center_x = (image.cols - 1) / 2.0;
  const double center_y = (image.rows - 1) / 2.0;
  const cv::Matx23d map(
      scale, 0, center_x * (1 - scale) + dx, 0, scale, center_y * (1 - scale) + dy);
  cv::Mat result;
  cv::warpAffine(image, result, map, image.size(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  return result;
}

/// Hue wraps around (OpenCV halves it to 0..179), saturation saturates, value stays.
cv::Mat hue_saturation_table(double hue_degrees, double saturation) {
  cv::Mat table(1, 256, CV_8UC3);
  const int hue_shift = static_cast<int>(std::lround(hue_degrees / 2));
  for (int i = 0; i < 256; ++i) {
    table.at<cv::Vec3b>(0, i) = {static_cast<std::uint8_t>((i + hue_shift + 180) % 180),
                                 cv::saturate_cast<std::uint8_t>(i * saturation),
                                 static_cast<std::uint8_t>(i)};
  }
  return table;
}

cv::Mat contrast_table(double contrast) {
  cv::Mat table(1, 256, CV_8U);
  for (int i = 0; i < 256; ++i) {
    table.at<std::uint8_t>(0, i) = cv::saturate_cast<std::uint8_t>((i - 127.5) * contrast + 127.5);
  }
  return table;
}

}  // namespace

cv::Mat resize(const cv::Mat& image, int height, int width, Interpolation interpolation) {
  if (image.rows == height && image.cols == width) {
    return image;
  }
  const int growing = interpolation == Interpolation::bicubic ? cv::INTER_CUBIC : cv::INTER_LINEAR;
  const bool shrinks = height < image.rows && width < image.cols;
  cv::Mat result;
  cv::resize(image, result, {width, height}, 0, 0, shrinks ? cv::INTER_AREA : growing);
  return result;
}

cv::Mat shift_color(const cv::Mat& image, double hue_degrees, double saturation, double contrast) {
  cv::Mat shifted = image;
  if (image.channels() == 3) {
    cv::Mat hsv;
    cv::cvtColor(image, hsv, cv::COLOR_BGR2HSV);
    cv::LUT(hsv, hue_saturation_table(hue_degrees, saturation), hsv);
    cv::cvtColor(hsv, shifted, cv::COLOR_HSV2BGR);
  }
  cv::Mat result;
  cv::LUT(shifted, contrast_table(contrast), result);
  return result;
}

cv::Mat augment(const cv::Mat& image,
                const Augmentation& augmentation,
                const Preprocessing& target,
                SampleKey key) {
  cv::Mat result;
  if (augmentation.random_crop) {
    result = random_crop(image, target, key);
    if (augmentation.color) {
      result = random_color(result, key);
    }
  } else {
    result = resize(image, target.height, target.width, target.interpolation);
    if (augmentation.shift > 0 || augmentation.zoom > 0) {
      result = random_place(result, augmentation, key);
    }
  }
  RandomStream random({key.seed, key.epoch, key.sample, RandomUse::flip});
  if (augmentation.horizontal_flip && random.chance(0.5)) {
    cv::Mat mirrored;
    cv::flip(result, mirrored, 1);
    return mirrored;
  }
  return result;
}

cv::Mat fit(const cv::Mat& image, bool center_crop, const Preprocessing& target) {
  if (!center_crop) {
    return resize(image, target.height, target.width, target.interpolation);
  }
  const auto covered = resize_to_cover(
      image, target.height * center_margin, target.width * center_margin, target.interpolation);
  const int top = (covered.rows - target.height) / 2;
  const int left = (covered.cols - target.width) / 2;
  return covered(cv::Rect(left, top, target.width, target.height));
}

}  // namespace athanor::data
