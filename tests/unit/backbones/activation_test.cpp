#include "athanor/backbones/activation.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace athanor::backbones {

namespace {

constexpr Activation all_activations[] = {Activation::relu,
                                          Activation::relu6,
                                          Activation::leaky_relu,
                                          Activation::swish,
                                          Activation::mish,
                                          {ActivationKind::relu, 2.4},
                                          {ActivationKind::leaky_relu, 0.3},
                                          {ActivationKind::swish, 1.7}};

double formula(const Activation& activation, double x) {
  switch (activation.kind) {
    case ActivationKind::relu:
      return std::min(std::max(x, 0.0), activation.parameter.value_or(HUGE_VAL));
    case ActivationKind::relu6:
      return std::min(std::max(x, 0.0), 6.0);
    case ActivationKind::leaky_relu:
      return x > 0 ? x : activation.parameter.value_or(0.1) * x;
    case ActivationKind::swish:
      return x / (1 + std::exp(-activation.parameter.value_or(1) * x));
    case ActivationKind::mish:
      return x * std::tanh(std::log1p(std::exp(x)));
  }
  return 0;
}

}  // namespace

TEST(Activation, ComputesItsFormula) {
  for (const auto& activation : all_activations) {
    const auto y = activate(activation, torch::linspace(-8, 8, 33));

    for (std::int64_t i = 0; i < y.numel(); ++i) {
      const double x = -8 + 0.5 * static_cast<double>(i);
      EXPECT_NEAR(y[i].item<double>(), formula(activation, x), 1e-5) << name_of(activation) << x;
    }
  }
}

// In place or not, the backward pass must see the right numbers.
TEST(Activation, HasTheSlopeOfItsFormula) {
  for (const auto& activation : all_activations) {
    const auto x = torch::linspace(-7.75, 7.75, 32).requires_grad_();

    activate(activation, x * 1.0).sum().backward();

    for (std::int64_t i = 0; i < x.numel(); ++i) {
      const double at = x[i].item<double>();
      const double slope = (formula(activation, at + 1e-4) - formula(activation, at - 1e-4)) / 2e-4;
      EXPECT_NEAR(x.grad()[i].item<double>(), slope, 1e-3) << name_of(activation) << at;
    }
  }
}

TEST(Activation, NamesGoBothWays) {
  for (const auto& activation : all_activations) {
    EXPECT_EQ(parse_activation(name_of(activation)), Activation{activation.kind});
  }
  EXPECT_EQ(parse_activation("gelu"), std::nullopt);
}

}  // namespace athanor::backbones
