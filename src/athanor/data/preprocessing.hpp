#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "athanor/core/error.hpp"
#include "athanor/core/json.hpp"
#include "athanor/data/image.hpp"

namespace athanor::data {

/// How pixels become the numbers that a network sees.
enum class PreprocessMode {
  caffe,  ///< B,G,R minus the mean (103.939, 116.779, 123.68; gray 117.3786).
  torch,  ///< R,G,B / 255, minus the mean (.485, .456, .406), over the deviation (.229, .224,
          ///< .225).
  tf,     ///< R,G,B / 127.5 - 1.
};

enum class Interpolation { bilinear, bicubic };

/// All that turns an 8-bit picture of the right size into input; kept in every checkpoint, so that
/// a model is never shown other numbers than it was trained on.
struct Preprocessing {
  Channels channels = Channels::color;
  int height = 224;
  int width = 224;
  PreprocessMode mode = PreprocessMode::caffe;
  Interpolation interpolation = Interpolation::bilinear;
  /// Replaces the mean of caffe mode: B, G, R, or the first alone for gray.
  std::optional<std::array<double, 3>> image_mean = std::nullopt;

  /// [C, H, W] of what a network sees of a picture.
  [[nodiscard]] std::vector<std::int64_t> picture_shape() const {
    return {static_cast<std::int64_t>(channels), height, width};
  }

  /// [count, C, H, W]
  [[nodiscard]] std::vector<std::int64_t> batch_shape(std::int64_t count) const {
    return {count, static_cast<std::int64_t>(channels), height, width};
  }

  bool operator==(const Preprocessing&) const = default;
};

/// What a network sees of a pixel of 0 to 255: (pixel - mean) / deviation.
struct Normalization {
  bool red_first = false;    ///< Else blue is, as in OpenCV's pictures; gray has one channel.
  std::vector<double> mean;  ///< For each channel, in the order of the network.
  std::vector<double> deviation;
};

[[nodiscard]] Normalization normalization_of(const Preprocessing& preprocessing);

/// "caffe", "torch", "tf"; anything else is an error naming them.
[[nodiscard]] Result<PreprocessMode> parse_preprocess_mode(std::string_view name);

/// "C,H,W" with C of 1 or 3 into channels, height and width.
[[nodiscard]] Status parse_image_size(std::string_view text, Preprocessing& preprocessing);

[[nodiscard]] Json to_json(const Preprocessing& preprocessing);
[[nodiscard]] Result<Preprocessing> preprocessing_from_json(const Json& json);

/// Writes height x width x channels floats to `out`, channels last, in the order of the mode.
/// `image` has the size and channels that `preprocessing` names.
void normalize(const cv::Mat& image, const Preprocessing& preprocessing, float* out);

}  // namespace athanor::data
