#include "athanor/tensor/double_precision.hpp"

namespace athanor::tensor {

DoublePrecision::DoublePrecision(const NamedTensors& tensors) {
  for (const auto& [name, value] : tensors) {
    if (value.is_floating_point()) {
      auto& [tensor, before] = changed_.emplace_back(value, value.detach());
      tensor.set_data(before.to(torch::kDouble));
    }
  }
}

DoublePrecision::~DoublePrecision() {
  for (auto& [tensor, before] : changed_) {
    tensor.set_data(before);
  }
}

}  // namespace athanor::tensor
