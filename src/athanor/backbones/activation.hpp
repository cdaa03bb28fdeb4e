#pragma once

#include "athanor/tensor/torch.hpp"

namespace athanor::backbones {

enum class Activation {
  relu,
  swish,  ///< x * sigmoid(x); torch calls it SiLU.
};

/// Applies the activation and may overwrite `x`, which therefore has to be a fresh result: batch
/// norm and convolutions need their input for the backward pass, not their output.
torch::Tensor activate(Activation activation, torch::Tensor x);

}  // namespace athanor::backbones
