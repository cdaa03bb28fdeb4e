#pragma once

#include <filesystem>
#include <vector>

#include "athanor/tensor/named_tensors.hpp"

namespace athanor::oracle {

/// What a graph has to make of its inputs, both under the names that they have in it.
struct OnnxRun {
  tensor::NamedTensors inputs;
  tensor::NamedTensors outputs;
};

[[nodiscard]] bool is_onnxruntime_installed();

/// Whether onnxruntime makes the outputs of the inputs with this file, within 1e-4 * max(1, max
/// |a|). What differs goes to the test's output.
[[nodiscard]] bool onnxruntime_agrees(const std::filesystem::path& model,
                                      const std::vector<OnnxRun>& runs);

}  // namespace athanor::oracle
