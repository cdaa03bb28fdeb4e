#include "athanor/backbones/activation.hpp"

#include <stdexcept>

namespace athanor::backbones {

torch::Tensor activate(Activation activation, torch::Tensor x) {
  switch (activation) {
    case Activation::relu:
      return x.relu_();
    case Activation::swish:
      // The backward pass needs the input.
      return torch::silu(x);
  }
  throw std::logic_error("an activation without code");
}

}  // namespace athanor::backbones
