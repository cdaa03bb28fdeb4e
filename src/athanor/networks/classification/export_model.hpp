#pragma once

#include "athanor/engine/job.hpp"
#include "athanor/networks/classification/model.hpp"
#include "athanor/networks/classification/options.hpp"

namespace athanor::networks::classification {

/// Writes model.onnx (opset 17, input "input_1" [N, C, H, W], output "predictions" [N, classes]
/// after softmax, N open or as the options say), labels.txt and, if wanted, nvinfer_config.txt with
/// nvinfer_labels.txt; then runs the file through an independent path on pictures of the job's
/// evaluation data, or on noise where it has none. Throws std::runtime_error where the outputs
/// differ by more than 1e-4.
[[nodiscard]] engine::Report export_classifier(const engine::Job& job,
                                               const Model& model,
                                               const ExportOptions& options);

}  // namespace athanor::networks::classification
