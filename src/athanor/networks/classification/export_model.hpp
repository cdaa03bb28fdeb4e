#pragma once

#include "athanor/engine/job.hpp"
#include "athanor/networks/classification/model.hpp"

namespace athanor::networks::classification {

/// Writes model.onnx (opset 17, dynamic batch, input "input_1" [N, C, H, W], output "predictions"
/// [N, classes] after softmax) and labels.txt, then runs the file through an independent path on
/// pictures of the job's evaluation data, or on noise where it has none. Throws
/// std::runtime_error where the outputs differ by more than 1e-4.
[[nodiscard]] engine::Report export_classifier(const engine::Job& job, const Model& model);

}  // namespace athanor::networks::classification
