#include "athanor/networks/@name@/loss.hpp"

#include <stdexcept>

namespace athanor::networks::@name@ {

torch::Tensor loss(const torch::Tensor& /*outputs*/, const engine::Batch& /*batch*/) {
  throw std::logic_error("@name@: compare outputs and targets");
}

}  // namespace athanor::networks::@name@
