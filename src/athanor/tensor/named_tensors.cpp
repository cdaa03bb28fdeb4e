#include "athanor/tensor/named_tensors.hpp"

#include <algorithm>

namespace athanor::tensor {

const torch::Tensor* find_tensor(const NamedTensors& tensors, std::string_view name) {
  const auto found = std::ranges::find(tensors, name, &NamedTensor::name);
  return found == tensors.end() ? nullptr : &found->value;
}

}  // namespace athanor::tensor
