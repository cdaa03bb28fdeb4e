#include "athanor/data/deepstream.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace athanor::data {

namespace {

/// nvinfer computes scale * (pixel - offset), with one scale for all channels.
double scale_of(const Normalization& normalization) {
  const auto& deviation = normalization.deviation;
  return static_cast<double>(deviation.size()) /
         std::accumulate(deviation.begin(), deviation.end(), 0.0);
}

bool has_one_deviation(const Normalization& normalization) {
  return std::ranges::count(normalization.deviation, normalization.deviation.front()) ==
         std::ssize(normalization.deviation);
}

/// nvinfer's number for the order of the channels.
int color_format(const Preprocessing& preprocessing, const Normalization& normalization) {
  constexpr int rgb = 0;
  constexpr int bgr = 1;
  constexpr int gray = 2;
  if (preprocessing.channels == Channels::gray) {
    return gray;
  }
  return normalization.red_first ? rgb : bgr;
}

std::string calibration_text(const DeepstreamEngine& engine) {
  if (engine.mode != DeepstreamMode::int8) {
    return "";
  }
  return engine.calibration_file.empty()
             ? "# int8 needs an int8-calib-file as well: a calibration table of TensorRT\n"
             : fmt::format("int8-calib-file={}\n", engine.calibration_file);
}

std::string engine_text(const DeepstreamEngine& engine) {
  std::string text = fmt::format("batch-size={}\n", engine.batch_size) + calibration_text(engine);
  text += fmt::format("network-mode={}\n", static_cast<int>(engine.mode));
  if (engine.workspace_bytes) {
    constexpr std::int64_t megabyte = std::int64_t{1} << 20;
    text += fmt::format("workspace-size={}\n", (*engine.workspace_bytes + megabyte - 1) / megabyte);
  }
  return text;
}

}  // namespace

std::string deepstream_classifier_config(const Preprocessing& preprocessing,
                                         const std::vector<std::string>& outputs,
                                         const DeepstreamEngine& engine) {
  const auto normalization = normalization_of(preprocessing);
  std::string text = "[property]\n";
  if (!has_one_deviation(normalization)) {
    text += "# the model was trained with a deviation for each channel; this is their mean\n";
  }
  text += fmt::format("net-scale-factor={:.10g}\n", scale_of(normalization));
  text += fmt::format("offsets={:.10g}\n", fmt::join(normalization.mean, ";"));
  text += fmt::format("model-color-format={}\n", color_format(preprocessing, normalization));
  text += fmt::format("infer-dims={}\n", fmt::join(preprocessing.picture_shape(), ";"));
  text += engine_text(engine);
  text += "onnx-file=model.onnx\nlabelfile-path=nvinfer_labels.txt\n";
  text += "network-type=1\nclassifier-threshold=0\n";
  text += fmt::format("output-blob-names={}\n", fmt::join(outputs, ";"));
  return text;
}

}  // namespace athanor::data
