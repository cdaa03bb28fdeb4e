#pragma once

#include "athanor/tensor/torch.hpp"

namespace athanor::tensor {

/// Whether winograd_convolution() can do a training step of `conv` on maps like x and gains by it:
/// 3x3 filters of stride 1 between many channels, for floats with channels last, on processors for
/// which oneDNN has the algorithm (AVX-512).
[[nodiscard]] bool can_convolve_by_winograd(const torch::nn::Conv2dImpl& conv,
                                            const torch::Tensor& x);

/// conv(x) of maps [N, C, H, W] and its gradients by Winograd's F(4x4, 3x3) (Lavin and Gray, 2015),
/// which multiplies a quarter as often as the plain sum that LibTorch asks oneDNN for. Both round
/// alike: to about 1e-6 of the values. Asks for can_convolve_by_winograd().
[[nodiscard]] torch::Tensor winograd_convolution(torch::nn::Conv2dImpl& conv,
                                                 const torch::Tensor& x);

}  // namespace athanor::tensor
