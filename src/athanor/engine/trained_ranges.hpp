#pragma once

#include <string_view>

#include "athanor/compile/calibration_table.hpp"
#include "athanor/engine/checkpoint.hpp"
#include "athanor/tensor/named_tensors.hpp"

namespace athanor::engine {

/// What a training for int8 (tensor::train_for_int8()) left among the weights of a checkpoint:
/// "<layer>.input_range", [2]. Empty after any other. Throws std::runtime_error where the weights
/// cannot be read.
[[nodiscard]] tensor::NamedTensors read_trained_ranges(const Checkpoint& checkpoint);

/// The same as ranges of the tensors of an ONNX file that has the weights by their names: what
/// layers with weights read, and nothing else. Layers that the file lacks, and those that nothing
/// has passed, are left out. Throws std::runtime_error for bytes that are no ONNX file.
[[nodiscard]] compile::ActivationRanges trained_ranges_of(const tensor::NamedTensors& trained,
                                                          std::string_view onnx);

}  // namespace athanor::engine
