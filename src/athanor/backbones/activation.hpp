#pragma once

#include <optional>
#include <string_view>

#include "athanor/tensor/torch.hpp"

namespace athanor::backbones {

enum class ActivationKind {
  relu,        ///< Ends at the parameter, if there is one.
  relu6,       ///< relu that ends at 6.
  leaky_relu,  ///< The parameter times x below 0; a tenth, as the darknets have it.
  swish,       ///< x * sigmoid(the parameter * x), which is 1: torch calls it SiLU.
  mish,        ///< x * tanh(log(1 + exp(x)))
};

/// A non-linearity.
struct Activation {
  ActivationKind kind = ActivationKind::relu;
  /// Above 0, where the kind has one (catalog::activations() names it). Absent: the usual value.
  std::optional<double> parameter = std::nullopt;

  bool operator==(const Activation&) const = default;

  static const Activation relu;
  static const Activation relu6;
  static const Activation leaky_relu;
  static const Activation swish;
  static const Activation mish;
};

inline constexpr Activation Activation::relu{ActivationKind::relu};
inline constexpr Activation Activation::relu6{ActivationKind::relu6};
inline constexpr Activation Activation::leaky_relu{ActivationKind::leaky_relu};
inline constexpr Activation Activation::swish{ActivationKind::swish};
inline constexpr Activation Activation::mish{ActivationKind::mish};

/// "leaky_relu", as specs and checkpoints spell the kind.
[[nodiscard]] std::string_view name_of(const Activation& activation);

/// The activation of that name with its usual parameter, if there is one.
[[nodiscard]] std::optional<Activation> parse_activation(std::string_view name);

/// Applies the activation and may overwrite `x`, which therefore has to be a fresh result: batch
/// norm and convolutions need their input for the backward pass, not their output.
torch::Tensor activate(const Activation& activation, torch::Tensor x);

/// An activation as a layer, with what that says about its input.
class ActivationLayerImpl : public torch::nn::Module {
 public:
  explicit ActivationLayerImpl(const Activation& activation) : activation_(activation) {}

  torch::Tensor forward(const torch::Tensor& x) { return activate(activation_, x); }

  [[nodiscard]] const Activation& activation() const { return activation_; }

 private:
  Activation activation_;
};

TORCH_MODULE(ActivationLayer);

}  // namespace athanor::backbones
