#pragma once

#include <utility>
#include <vector>

#include "athanor/tensor/named_tensors.hpp"

namespace athanor::tensor {

/// While it lives, these tensors are in double precision, and with them a module that shares them
/// (state_dict()). Whole numbers stay as they are, unlike by Module::to().
class DoublePrecision {
 public:
  explicit DoublePrecision(const NamedTensors& tensors);
  ~DoublePrecision();

  DoublePrecision(const DoublePrecision&) = delete;
  DoublePrecision& operator=(const DoublePrecision&) = delete;

 private:
  /// Each with what it held before.
  std::vector<std::pair<torch::Tensor, torch::Tensor>> changed_;
};

}  // namespace athanor::tensor
