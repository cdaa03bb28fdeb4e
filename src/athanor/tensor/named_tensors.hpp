#pragma once

#include <string>
#include <vector>

#include "athanor/tensor/torch.hpp"

namespace athanor::tensor {

struct NamedTensor {
  std::string name;
  torch::Tensor value;
};

/// Tensors in a fixed order; names are unique.
using NamedTensors = std::vector<NamedTensor>;

/// The tensor called `name`, or nullptr.
[[nodiscard]] const torch::Tensor* find_tensor(const NamedTensors& tensors, std::string_view name);

}  // namespace athanor::tensor
