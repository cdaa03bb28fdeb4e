#pragma once

#include "athanor/engine/job.hpp"
#include "athanor/networks/multitask_classification/model.hpp"

namespace athanor::networks::multitask_classification {

/// {"tasks": [...], "class_mapping": {task: {"0": class}}}, in the order of the outputs.
[[nodiscard]] Json class_mapping(const std::vector<Task>& tasks);

/// Writes model.onnx (opset 17, dynamic batch, input "input_1" [N, C, H, W], for each task an
/// output
/// "<task>/Softmax" [N, classes]), class_mapping.json and, if wanted, nvinfer_config.txt; proves
/// that the file computes the same as engine::export_and_prove() does.
[[nodiscard]] engine::Report export_multitask(const engine::Job& job,
                                              const Model& model,
                                              bool deepstream_config);

}  // namespace athanor::networks::multitask_classification
