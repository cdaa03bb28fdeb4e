#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "athanor/data/preprocessing.hpp"

namespace athanor::data {

/// The text of a configuration for DeepStream's nvinfer that runs model.onnx as a classifier with
/// nvinfer_labels.txt. nvinfer has one scale for all channels: in mode torch it gets the mean of
/// the three deviations, which the text says.
[[nodiscard]] std::string deepstream_classifier_config(const Preprocessing& preprocessing,
                                                       const std::vector<std::string>& outputs,
                                                       std::int64_t batch_size);

}  // namespace athanor::data
