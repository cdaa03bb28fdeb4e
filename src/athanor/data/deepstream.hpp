#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "athanor/data/preprocessing.hpp"

namespace athanor::data {

/// What nvinfer computes in, in the order of its numbers.
enum class DeepstreamMode { fp32, int8, fp16 };

/// The engine that nvinfer is to make of model.onnx.
struct DeepstreamEngine {
  std::int64_t batch_size = 1;
  DeepstreamMode mode = DeepstreamMode::fp32;
  std::optional<std::int64_t> workspace_bytes{};  ///< Absent: nvinfer's own choice.
  std::string calibration_file{};  ///< Beside the configuration, for int8; empty: there is none.
};

/// The text of a configuration for DeepStream's nvinfer that runs model.onnx as a classifier with
/// nvinfer_labels.txt. nvinfer has one scale for all channels: in mode torch it gets the mean of
/// the three deviations, which the text says.
[[nodiscard]] std::string deepstream_classifier_config(const Preprocessing& preprocessing,
                                                       const std::vector<std::string>& outputs,
                                                       const DeepstreamEngine& engine);

}  // namespace athanor::data
