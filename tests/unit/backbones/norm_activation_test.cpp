#include "athanor/backbones/norm_activation.hpp"

#include <string>

#include "support/relative_error.hpp"
#include "support/zoo.hpp"
#include <gtest/gtest.h>

namespace athanor::backbones {

namespace {

using athanor::testing::relative_error;

/// What a training sees of a norm between a residual and an activation.
struct NormStep {
  torch::Tensor y;
  torch::Tensor dx;
  torch::Tensor dresidual;
};

torch::Tensor leaf_like(const torch::Tensor& values) {
  return values.detach().clone(torch::MemoryFormat::Preserve).set_requires_grad(true);
}

NormStep norm_step(const Activation& activation,
                   const torch::Tensor& x,
                   const torch::Tensor& residual) {
  torch::nn::BatchNorm2d norm(x.size(1));
  torch::nn::init::constant_(norm->weight, 3);  // Some lie beyond every end of an activation.
  const auto input = leaf_like(x);
  const auto added = leaf_like(residual);
  const auto y = normalise_and_activate(norm.get(), input, activation, added);
  y.square().sum().backward();
  return {y.detach(), input.grad(), added.grad()};
}

}  // namespace

// With channels first, they are torch's own three.
TEST(NormaliseAndActivate, GivesInOnePassWhatThreeGive) {
  torch::manual_seed(6);
  const auto x = torch::randn({2, 16, 8, 8});
  const auto residual = torch::randn({2, 16, 8, 8});
  for (const auto& activation : athanor::testing::activations()) {
    SCOPED_TRACE(std::string(name_of(activation)) + (activation.parameter ? " shaped" : ""));

    const auto expected = norm_step(activation, x, residual);
    const auto step = norm_step(activation,
                                x.contiguous(torch::MemoryFormat::ChannelsLast),
                                residual.contiguous(torch::MemoryFormat::ChannelsLast));

    EXPECT_LT(relative_error(step.y, expected.y), 1e-5);
    EXPECT_LT(relative_error(step.dx, expected.dx), 1e-5);
    EXPECT_LT(relative_error(step.dresidual, expected.dresidual), 1e-5);
  }
}

}  // namespace athanor::backbones
