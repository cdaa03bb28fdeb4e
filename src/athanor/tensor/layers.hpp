#pragma once

#include "athanor/tensor/torch.hpp"

/// How networks apply their layers: by the quickest way there is, and with an eye on int8 where
/// train_for_int8() wants it.
namespace athanor::tensor {

/// conv(x) of maps [N, C, H, W]; winograd_convolution() where that can be.
[[nodiscard]] torch::Tensor convolve(torch::nn::Conv2dImpl& conv, const torch::Tensor& x);

/// linear(x) of [N, features].
[[nodiscard]] torch::Tensor connect(torch::nn::LinearImpl& linear, const torch::Tensor& x);

}  // namespace athanor::tensor
