#include "athanor/engine/optimizer.hpp"

#include <gtest/gtest.h>

namespace athanor::engine {

namespace {

/// One convolution with a batch norm and one linear layer, all weights 0.5, all gradients 0.1.
struct TwoLayers : torch::nn::Module {
  TwoLayers() {
    register_module("conv", conv);
    register_module("norm", norm);
    register_module("fc", fc);
    const torch::NoGradGuard no_grad;
    for (auto& parameter : parameters()) {
      parameter.fill_(0.5);
      parameter.mutable_grad() = torch::full_like(parameter, 0.1);
    }
  }

  torch::nn::Conv2d conv{torch::nn::Conv2dOptions(1, 2, 3)};
  torch::nn::BatchNorm2d norm{2};
  torch::nn::Linear fc{2, 2};
};

double first_value(const torch::Tensor& tensor) {
  return tensor.flatten()[0].item<double>();
}

constexpr double exact = 1e-6;

}  // namespace

TEST(MakeOptimizer, L2PullsKernelsTwiceTheWeightAndNothingElse) {
  const auto module = std::make_shared<TwoLayers>();
  const Regularizer regularizer{.penalty = Penalty::l2, .weight = 0.05};

  make_optimizer({.kind = Sgd{.momentum = 0}, .learning_rate = 1}, regularizer, *module)->step();

  EXPECT_NEAR(first_value(module->conv->weight), 0.5 - 0.1 - 2 * 0.05 * 0.5, exact);
  EXPECT_NEAR(first_value(module->fc->weight), 0.5 - 0.1 - 2 * 0.05 * 0.5, exact);
  EXPECT_NEAR(first_value(module->conv->bias), 0.4, exact);
  EXPECT_NEAR(first_value(module->norm->weight), 0.4, exact);
}

TEST(MakeOptimizer, TheScopeChoosesTheLayers) {
  const auto module = std::make_shared<TwoLayers>();
  Regularizer regularizer{.penalty = Penalty::l2, .weight = 0.05};
  ASSERT_TRUE(parse_scope("Dense", regularizer));

  make_optimizer({.kind = Sgd{.momentum = 0}, .learning_rate = 1}, regularizer, *module)->step();

  EXPECT_NEAR(first_value(module->conv->weight), 0.4, exact);
  EXPECT_NEAR(first_value(module->fc->weight), 0.35, exact);
}

TEST(MakeOptimizer, SgdRemembersItsMomentum) {
  const auto module = std::make_shared<TwoLayers>();
  auto optimizer =
      make_optimizer({.kind = Sgd{.momentum = 0.9}, .learning_rate = 1}, Regularizer{}, *module);

  optimizer->step();
  optimizer->step();

  EXPECT_NEAR(first_value(module->fc->weight), 0.5 - 0.1 - 0.19, exact);
}

TEST(MakeOptimizer, AdamStepsByAboutTheRateAtFirst) {
  const auto module = std::make_shared<TwoLayers>();

  make_optimizer({.kind = Adam{}, .learning_rate = 0.01}, Regularizer{}, *module)->step();

  EXPECT_NEAR(first_value(module->fc->weight), 0.49, 1e-5);
}

TEST(MakeOptimizer, RmsPropDividesByTheRootOfTheAverage) {
  const auto module = std::make_shared<TwoLayers>();

  make_optimizer({.kind = RmsProp{.rho = 0.75}, .learning_rate = 0.01}, Regularizer{}, *module)
      ->step();

  // The average is (1 - 0.75) * 0.1^2, its root 0.05.
  EXPECT_NEAR(first_value(module->fc->weight), 0.5 - 0.01 * 0.1 / 0.05, 1e-5);
}

TEST(MakeOptimizer, LeavesFrozenParametersAlone) {
  const auto module = std::make_shared<TwoLayers>();
  module->conv->weight.set_requires_grad(false);

  make_optimizer({.learning_rate = 1}, Regularizer{.penalty = Penalty::l2, .weight = 0.1}, *module)
      ->step();

  EXPECT_NEAR(first_value(module->conv->weight), 0.5, exact);
}

TEST(AddL1Gradient, AddsTheSignTimesTheWeight) {
  const auto module = std::make_shared<TwoLayers>();
  const Regularizer regularizer{.penalty = Penalty::l1, .weight = 0.02};

  add_l1_gradient(regularizer, regularized_kernels(regularizer, *module));

  EXPECT_NEAR(first_value(module->conv->weight.grad()), 0.12, exact);
  EXPECT_NEAR(first_value(module->conv->bias.grad()), 0.1, exact);
}

TEST(ParseScope, RefusesUnknownLayersByName) {
  Regularizer regularizer;

  const auto status = parse_scope("Conv2D,LSTM", regularizer);

  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("lstm"), std::string::npos);
}

TEST(SetLearningRate, ReachesEveryGroup) {
  const auto module = std::make_shared<TwoLayers>();
  auto optimizer = make_optimizer({.kind = Sgd{.momentum = 0}, .learning_rate = 1},
                                  Regularizer{.penalty = Penalty::l2, .weight = 0},
                                  *module);

  set_learning_rate(*optimizer, 0.5);
  optimizer->step();

  EXPECT_NEAR(first_value(module->conv->weight), 0.45, exact);
  EXPECT_NEAR(first_value(module->norm->weight), 0.45, exact);
}

}  // namespace athanor::engine
