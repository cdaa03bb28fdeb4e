#include "athanor/data/deepstream.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace athanor::data {

namespace {

/// nvinfer computes scale * (pixel - offset).
struct Scaling {
  double scale = 1;
  std::vector<double> offsets;
  bool exact = true;
};

Scaling scaling_of(const Preprocessing& preprocessing) {
  const bool gray = preprocessing.channels == Channels::gray;
  switch (preprocessing.mode) {
    case PreprocessMode::caffe: {
      const auto mean = preprocessing.image_mean.value_or(std::array{103.939, 116.779, 123.68});
      if (gray) {
        return {1, {preprocessing.image_mean ? mean[0] : 117.3786}};
      }
      return {1, {mean[0], mean[1], mean[2]}};
    }
    case PreprocessMode::torch:
      if (gray) {
        return {1 / (0.226 * 255), {0.449 * 255}};
      }
      return {1 / (0.226 * 255), {0.485 * 255, 0.456 * 255, 0.406 * 255}, false};
    case PreprocessMode::tf:
      return {1 / 127.5, std::vector<double>(gray ? 1 : 3, 127.5)};
  }
  return {};
}

/// nvinfer's number for the order of the channels.
int color_format(const Preprocessing& preprocessing) {
  constexpr int rgb = 0;
  constexpr int bgr = 1;
  constexpr int gray = 2;
  if (preprocessing.channels == Channels::gray) {
    return gray;
  }
  return preprocessing.mode == PreprocessMode::caffe ? bgr : rgb;
}

}  // namespace

std::string deepstream_classifier_config(const Preprocessing& preprocessing,
                                         const std::vector<std::string>& outputs,
                                         std::int64_t batch_size) {
  const auto scaling = scaling_of(preprocessing);
  std::string text = "[property]\n";
  if (!scaling.exact) {
    text += "# the model was trained with a deviation for each channel; this is their mean\n";
  }
  text += fmt::format("net-scale-factor={:.10g}\n", scaling.scale);
  text += fmt::format("offsets={:.10g}\n", fmt::join(scaling.offsets, ";"));
  text += fmt::format("model-color-format={}\n", color_format(preprocessing));
  text += fmt::format("infer-dims={};{};{}\n",
                      static_cast<int>(preprocessing.channels),
                      preprocessing.height,
                      preprocessing.width);
  text += fmt::format("batch-size={}\n", batch_size);
  text += "onnx-file=model.onnx\nlabelfile-path=nvinfer_labels.txt\n";
  text += "network-type=1\nnetwork-mode=0\nclassifier-threshold=0\n";
  text += fmt::format("output-blob-names={}\n", fmt::join(outputs, ";"));
  return text;
}

}  // namespace athanor::data
