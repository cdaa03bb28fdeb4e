#include "athanor/backbones/activation.hpp"

#include <algorithm>
#include <stdexcept>

namespace athanor::backbones {

namespace {

struct ActivationName {
  ActivationKind kind;
  std::string_view name;
};

constexpr ActivationName activation_names[] = {
    {ActivationKind::relu, "relu"},
    {ActivationKind::relu6, "relu6"},
    {ActivationKind::leaky_relu, "leaky_relu"},
    {ActivationKind::swish, "swish"},
    {ActivationKind::mish, "mish"},
};

}  // namespace

std::string_view name_of(const Activation& activation) {
  return std::ranges::find(activation_names, activation.kind, &ActivationName::kind)->name;
}

std::optional<Activation> parse_activation(std::string_view name) {
  const auto* found = std::ranges::find(activation_names, name, &ActivationName::name);
  return found == std::end(activation_names) ? std::nullopt
                                             : std::optional(Activation{found->kind});
}

torch::Tensor activate(const Activation& activation, torch::Tensor x) {
  const auto& parameter = activation.parameter;
  // In place where the backward pass does without the input.
  switch (activation.kind) {
    case ActivationKind::relu:
      return parameter ? torch::hardtanh(x, 0, *parameter) : x.relu_();
    case ActivationKind::relu6:
      return torch::relu6(x);
    case ActivationKind::leaky_relu:
      return torch::leaky_relu_(x, parameter.value_or(0.1));
    case ActivationKind::swish:
      return parameter ? x * torch::sigmoid(x * *parameter) : torch::silu(x);
    case ActivationKind::mish:
      return torch::mish(x);
  }
  throw std::logic_error("an activation without code");
}

}  // namespace athanor::backbones
