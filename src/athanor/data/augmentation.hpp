#pragma once

#include <cstdint>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

#include "athanor/data/image.hpp"
#include "athanor/data/preprocessing.hpp"
#include "athanor/data/random.hpp"

namespace athanor::data {

/// How much larger than the network's input an evaluation picture gets before its centre is cut
/// out.
inline constexpr double center_margin = 8.0 / 7.0;

/// What happens to a training picture before it has the network's size.
struct Augmentation {
  /// Shows a part that has the target's aspect and a random 0.45 to 1 of the sides of the largest
  /// such part; otherwise the whole picture is resized to the target, whatever its aspect.
  bool random_crop = false;
  /// With random_crop only: hue +-25 degrees, saturation +-20 %, contrast +-10 %.
  bool color = false;
  /// Mirrors left and right with probability 1/2.
  bool horizontal_flip = true;
  /// Without random_crop: moves the picture by up to this share of its sides, and scales it by up
  /// to 1 - zoom to 1 + zoom; the edge pixels fill what comes free.
  double shift = 0;
  double zoom = 0;

  bool operator==(const Augmentation&) const = default;
};

/// Which picture of which epoch; names the random numbers.
struct SampleKey {
  std::uint64_t seed = 0;
  std::uint32_t epoch = 0;
  std::uint32_t sample = 0;
};

/// Resizes to exactly height x width. Where both sides shrink, data::shrink() has no pixel skipped,
/// which the plain kernels of OpenCV do; else the named one of these is used.
[[nodiscard]] cv::Mat resize(const cv::Mat& image,
                             int height,
                             int width,
                             Interpolation interpolation);

/// What augment() needs of a picture: the part that it shows, reduced where no later step enlarges
/// what is left. The part does not depend on whether the picture comes reduced.
[[nodiscard]] PicturePart part_to_show(cv::Size picture,
                                       const Augmentation& augmentation,
                                       const Preprocessing& target,
                                       SampleKey key);

/// That part as a training picture of the network's size, still 8-bit.
[[nodiscard]] cv::Mat augment(const cv::Mat& part,
                              const Augmentation& augmentation,
                              const Preprocessing& target,
                              SampleKey key);

/// An evaluation picture of the network's size: the centre of the picture resized so that both
/// sides reach center_margin times the target (256 for 224), or the whole picture resized.
[[nodiscard]] cv::Mat fit(const cv::Mat& image, bool center_crop, const Preprocessing& target);

/// Adds `hue_degrees` to the hue, multiplies the saturation (so that gray stays gray) and scales
/// the contrast about mid-gray. Pictures of one channel only change their contrast.
[[nodiscard]] cv::Mat shift_color(const cv::Mat& image,
                                  double hue_degrees,
                                  double saturation,
                                  double contrast);

}  // namespace athanor::data
