#pragma once

#include <string>
#include <vector>

#include "athanor/core/error.hpp"
#include "athanor/tensor/named_tensors.hpp"

namespace athanor::tensor {

/// Parameters, then buffers of a module under their dotted names ("layer1.0.bn1.running_mean").
/// The tensors share memory with the module.
[[nodiscard]] NamedTensors state_dict(const torch::nn::Module& module);

/// How tensors and a module fit together.
struct LoadReport {
  std::vector<std::string> missing;     ///< The module has it, the tensors do not.
  std::vector<std::string> unexpected;  ///< The tensors have it, the module does not.
  std::vector<std::string> mismatched;  ///< "fc.weight: [1000, 512] given, [6, 512] needed".

  [[nodiscard]] bool complete() const {
    return missing.empty() && unexpected.empty() && mismatched.empty();
  }

  /// An invalid_argument that lists what does not fit, unless all does.
  [[nodiscard]] Status require_complete() const;
};

/// Copies every tensor whose name and shape fit into the module, converting its type, and reports
/// the rest. Counters of batches (num_batches_tracked) may be missing: old files lack them. Ranges
/// of train_for_int8() may be left over: nothing but a training goes on from them.
LoadReport load_state_dict(torch::nn::Module& module, const NamedTensors& tensors);

/// Compares without copying.
[[nodiscard]] LoadReport compare_state_dict(const torch::nn::Module& module,
                                            const NamedTensors& tensors);

}  // namespace athanor::tensor
