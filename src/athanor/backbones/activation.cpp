#include "athanor/backbones/activation.hpp"

#include <algorithm>
#include <stdexcept>

namespace athanor::backbones {

namespace {

struct ActivationName {
  Activation activation;
  std::string_view name;
};

constexpr ActivationName activation_names[] = {
    {Activation::relu, "relu"},
    {Activation::relu6, "relu6"},
    {Activation::leaky_relu, "leaky_relu"},
    {Activation::swish, "swish"},
    {Activation::mish, "mish"},
};

}  // namespace

std::string_view name_of(Activation activation) {
  return std::ranges::find(activation_names, activation, &ActivationName::activation)->name;
}

std::optional<Activation> parse_activation(std::string_view name) {
  const auto* found = std::ranges::find(activation_names, name, &ActivationName::name);
  return found == std::end(activation_names) ? std::nullopt : std::optional(found->activation);
}

torch::Tensor activate(Activation activation, torch::Tensor x) {
  // In place where the backward pass does without the input.
  switch (activation) {
    case Activation::relu:
      return x.relu_();
    case Activation::relu6:
      return torch::relu6(x);
    case Activation::leaky_relu:
      return torch::leaky_relu_(x, 0.1);
    case Activation::swish:
      return torch::silu(x);
    case Activation::mish:
      return torch::mish(x);
  }
  throw std::logic_error("an activation without code");
}

}  // namespace athanor::backbones
