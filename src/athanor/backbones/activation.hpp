#pragma once

#include <optional>
#include <string_view>

#include "athanor/tensor/torch.hpp"

namespace athanor::backbones {

enum class Activation {
  relu,
  relu6,       ///< relu that ends at 6.
  leaky_relu,  ///< A tenth of x below 0, as the darknets have it.
  swish,       ///< x * sigmoid(x); torch calls it SiLU.
  mish,        ///< x * tanh(log(1 + exp(x)))
};

/// "leaky_relu", as specs and checkpoints spell it.
[[nodiscard]] std::string_view name_of(Activation activation);

/// The activation of that name, if there is one.
[[nodiscard]] std::optional<Activation> parse_activation(std::string_view name);

/// Applies the activation and may overwrite `x`, which therefore has to be a fresh result: batch
/// norm and convolutions need their input for the backward pass, not their output.
torch::Tensor activate(Activation activation, torch::Tensor x);

/// An activation as a layer, with what that says about its input.
class ActivationLayerImpl : public torch::nn::Module {
 public:
  explicit ActivationLayerImpl(Activation activation) : activation_(activation) {}

  torch::Tensor forward(const torch::Tensor& x) { return activate(activation_, x); }

  [[nodiscard]] Activation activation() const { return activation_; }

 private:
  Activation activation_;
};

TORCH_MODULE(ActivationLayer);

}  // namespace athanor::backbones
