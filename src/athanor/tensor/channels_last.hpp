#pragma once

#include "athanor/tensor/torch.hpp"

namespace athanor::tensor {

/// Lays out convolution kernels with channels last, as input batches are: on CPUs the quicker
/// layout.
void use_channels_last(torch::nn::Module& module);

}  // namespace athanor::tensor
