#include "athanor/tensor/layers.hpp"

#include "athanor/tensor/int8_training.hpp"
#include "athanor/tensor/winograd.hpp"

namespace athanor::tensor {

torch::Tensor convolve(torch::nn::Conv2dImpl& conv, const torch::Tensor& x) {
  const AsInt8 view(conv, x);
  return can_convolve_by_winograd(conv, view.input()) ? winograd_convolution(conv, view.input())
                                                      : conv.forward(view.input());
}

torch::Tensor connect(torch::nn::LinearImpl& linear, const torch::Tensor& x) {
  const AsInt8 view(linear, x);
  return linear.forward(view.input());
}

}  // namespace athanor::tensor
