#include "athanor/tensor/layers.hpp"

#include "athanor/tensor/winograd.hpp"

namespace athanor::tensor {

torch::Tensor convolve(torch::nn::Conv2dImpl& conv, const torch::Tensor& x) {
  return can_convolve_by_winograd(conv, x) ? winograd_convolution(conv, x) : conv.forward(x);
}

torch::Tensor connect(torch::nn::LinearImpl& linear, const torch::Tensor& x) {
  return linear.forward(x);
}

}  // namespace athanor::tensor
