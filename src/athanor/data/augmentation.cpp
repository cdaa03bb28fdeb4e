#include "athanor/data/augmentation.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "athanor/data/shrink.hpp"

namespace athanor::data {

namespace {

constexpr double smallest_crop = 0.45;
constexpr double hue_range = 25;
constexpr double saturation_range = 0.2;
constexpr double contrast_range = 0.1;

/// Of a picture resized with its aspect kept so that both sides reach the given ones.
cv::Size covering_size(const cv::Mat& image, double height, double width) {
  const double scale = std::max(height / image.rows, width / image.cols);
  const auto scaled = [scale](int side, double least) {
    return static_cast<int>(std::max(std::ceil(least), std::round(side * scale)));
  };
  return {scaled(image.cols, width), scaled(image.rows, height)};
}

bool is_smaller(cv::Size size, cv::Size than) {
  return size.height < than.height && size.width < than.width;
}

/// The kernel of OpenCV for sizes that are not smaller.
int kernel_of(Interpolation interpolation) {
  return interpolation == Interpolation::bicubic ? cv::INTER_CUBIC : cv::INTER_LINEAR;
}

/// `part` of the picture resized to `size`.
cv::Mat resize_part(const cv::Mat& image,
                    cv::Size size,
                    const cv::Rect& part,
                    Interpolation interpolation) {
  if (is_smaller(size, image.size())) {
    return shrink(image, size, part, interpolation);
  }
  // OpenCV resizes from the upper left corner on: what is left of the part and above is made in
  // vain.
  constexpr int reach = 4;  // Pixels that a kernel may read beyond those which it fills.
  const double scale_x = static_cast<double>(size.width) / image.cols;
  const double scale_y = static_cast<double>(size.height) / image.rows;
  const cv::Rect needed(
      0,
      0,
      std::min(image.cols, static_cast<int>(std::ceil(part.br().x / scale_x)) + reach),
      std::min(image.rows, static_cast<int>(std::ceil(part.br().y / scale_y)) + reach));
  const cv::Size made(cvRound(needed.width * scale_x), cvRound(needed.height * scale_y));
  if (made == needed.size()) {
    // OpenCV would take scales near 1 for a copy.
    return resize(image, size.height, size.width, interpolation)(part);
  }
  cv::Mat result;
  cv::resize(image(needed), result, {}, scale_x, scale_y, kernel_of(interpolation));
  return result(part);
}

/// Far more than fit() shows of a picture that has to grow, about its centre: of one that is long
/// and narrow, what would be cut away afterwards would take gigabytes.
cv::Mat middle_of(const cv::Mat& image, const Preprocessing& target) {
  constexpr double most_times = 16;  // The target's sides.
  const double scale = std::max(target.height * center_margin / image.rows,
                                target.width * center_margin / image.cols);
  if (scale <= 1) {
    return image;
  }
  const auto kept = [scale](int side, int target_side) {
    const auto wanted = static_cast<int>(std::ceil(most_times * target_side / scale));
    // As even or odd as the whole, which has the same centre then.
    return std::min(side, wanted + std::abs(side - wanted) % 2);
  };
  const cv::Size size(kept(image.cols, target.width), kept(image.rows, target.height));
  return image(cv::Rect(
      (image.cols - size.width) / 2, (image.rows - size.height) / 2, size.width, size.height));
}

/// How many pixels of the picture become one of the target where it shows the largest part that has
/// its aspect.
double pixels_shown(cv::Size picture, const Preprocessing& target) {
  return std::min(static_cast<double>(picture.width) / target.width,
                  static_cast<double>(picture.height) / target.height);
}

/// The strongest reduction that leaves a pixel for every one of the target.
int reduction_for(double pixels) {
  for (const int reduction : {8, 4, 2}) {
    if (pixels >= reduction) {
      return reduction;
    }
  }
  return 1;
}

/// Made of whole squares of reduction x reduction pixels, so that a picture shows the same whether
/// it comes reduced or not.
PicturePart random_part(cv::Size picture, const Preprocessing& target, SampleKey key) {
  RandomStream random({key.seed, key.epoch, key.sample, RandomUse::crop});
  const double pixels = random.uniform(smallest_crop, 1.0) * pixels_shown(picture, target);
  const int reduction = reduction_for(pixels);
  const cv::Size squares = picture / reduction;
  const auto side = [&](int target_side, int most) {
    return std::clamp(cvRound(target_side * pixels / reduction), 1, most);
  };
  const cv::Size part(side(target.width, squares.width), side(target.height, squares.height));
  const auto place = [&](int room) { return static_cast<int>(random.uniform() * (room + 1)); };
  const int top = place(squares.height - part.height);
  const int left = place(squares.width - part.width);
  return {{cv::Point(left, top) * reduction, part * reduction}, reduction};
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
  const cv::Size size(width, height);
  if (is_smaller(size, image.size())) {
    return shrink(image, size, {cv::Point(), size}, interpolation);
  }
  cv::Mat result;
  cv::resize(image, result, size, 0, 0, kernel_of(interpolation));
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

PicturePart part_to_show(cv::Size picture,
                         const Augmentation& augmentation,
                         const Preprocessing& target,
                         SampleKey key) {
  if (augmentation.random_crop) {
    return random_part(picture, target, key);
  }
  return {{cv::Point(), picture}, reduction_for(pixels_shown(picture, target))};
}

cv::Mat augment(const cv::Mat& part,
                const Augmentation& augmentation,
                const Preprocessing& target,
                SampleKey key) {
  cv::Mat result = resize(part, target.height, target.width, target.interpolation);
  if (augmentation.random_crop && augmentation.color) {
    result = random_color(result, key);
  }
  if (!augmentation.random_crop && (augmentation.shift > 0 || augmentation.zoom > 0)) {
    result = random_place(result, augmentation, key);
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
  const auto middle = middle_of(image, target);
  const auto size =
      covering_size(middle, target.height * center_margin, target.width * center_margin);
  const int top = (size.height - target.height) / 2;
  const int left = (size.width - target.width) / 2;
  return resize_part(middle, size, {left, top, target.width, target.height}, target.interpolation);
}

}  // namespace athanor::data
