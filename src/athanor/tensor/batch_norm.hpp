#pragma once

#include "athanor/tensor/channel_kernels.hpp"
#include "athanor/tensor/torch.hpp"

namespace athanor::tensor {

/// Whether batch_norm() can do a step of `norm` on maps like x, and on `residual` where that is
/// defined: in training, on CPUs, for floats with channels last.
[[nodiscard]] bool can_batch_norm(const torch::nn::BatchNorm2dImpl& norm,
                                  const torch::Tensor& x,
                                  const torch::Tensor& residual = {});

/// clamp(norm(x) + residual) of maps [N, C, H, W] in as few passes over memory as there can be;
/// `residual` has the shape of x, or is undefined. Values, gradients and running statistics are
/// those of `norm`, then the sum, then the clamp; LibTorch 1.13 takes three times as long for maps
/// with channels last as for others. Asks for can_batch_norm().
[[nodiscard]] torch::Tensor batch_norm(torch::nn::BatchNorm2dImpl& norm,
                                       const torch::Tensor& x,
                                       channel_kernels::Clamp clamp = {},
                                       const torch::Tensor& residual = {});

inline constexpr channel_kernels::Clamp relu_clamp{.low = 0.0F};
inline constexpr channel_kernels::Clamp relu6_clamp{.low = 0.0F, .high = 6.0F};

}  // namespace athanor::tensor
