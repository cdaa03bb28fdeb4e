// Trainings have their channels last: there, norm, residual and activation are one pass over memory
// and wide convolutions go by Winograd. Evaluations and exports see neither, and have to be of the
// same network.
#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "support/relative_error.hpp"
#include "support/zoo.hpp"
#include <gtest/gtest.h>

#include "athanor/backbones/backbone.hpp"
#include "athanor/tensor/channels_last.hpp"
#include "athanor/tensor/winograd.hpp"

namespace athanor::backbones {

namespace {

using athanor::testing::relative_error;

struct ActivationCase {
  const char* name;
  std::optional<Activation> activation;  ///< Absent: as published.
  /// Of what norms give: half of where the activation ends, which then cuts some and spares most.
  double deviation;
};

std::shared_ptr<Backbone> with_norms_of(double deviation, const BackboneOptions& options) {
  torch::manual_seed(8);
  auto backbone = make_backbone(options).value();
  const torch::NoGradGuard no_grad;
  for (const auto& module : backbone->modules()) {
    if (auto* norm = module->as<torch::nn::BatchNorm2d>()) {
      norm->weight.uniform_(0.8 * deviation, 1.2 * deviation);
      norm->bias.normal_(0, 0.2 * deviation);
    }
  }
  return backbone;
}

/// Leaves its gradients in the backbone and returns the logits.
torch::Tensor logits_of_a_step(Backbone& backbone, const torch::Tensor& x) {
  torch::manual_seed(9);  // Some drop branches at random.
  backbone.train();
  const auto logits = backbone.forward(x);
  logits.square().mean().backward();
  return logits.detach();
}

/// Of all parameters, one behind the other.
torch::Tensor gradients_of(const Backbone& backbone) {
  std::vector<torch::Tensor> gradients;
  for (const auto& parameter : backbone.parameters()) {
    gradients.push_back(parameter.grad().flatten());
  }
  return torch::cat(gradients);
}

/// Takes a step with channels last, as trainings do, and one with channels first.
void expect_the_same_step(const BackboneOptions& options, double deviation) {
  const auto first = with_norms_of(deviation, options);
  const auto last = with_norms_of(deviation, options);
  tensor::use_channels_last(*last);
  const auto x = torch::randn({4, 3, 64, 64});

  const auto expected = logits_of_a_step(*first, x);
  const auto logits = logits_of_a_step(*last, x.contiguous(torch::MemoryFormat::ChannelsLast));

  // Norms of a batch let rounding grow from layer to layer: to a thousandth in the deepest.
  EXPECT_LT(relative_error(logits, expected), 1e-2);
  const auto statistics = last->named_buffers();
  for (const auto& buffer : first->named_buffers()) {
    EXPECT_LT(relative_error(statistics[buffer.key()], buffer.value()), 1e-2) << buffer.key();
  }
  // Where rounding takes a value across the bend of an activation, one of the two has its whole
  // gradient and the other none: a tenth in the deepest.
  EXPECT_LT(relative_error(gradients_of(*last), gradients_of(*first)), 0.3);
}

/// Whether a training of the backbone has such convolutions on this processor.
bool convolves_by_winograd(const Backbone& backbone) {
  const auto modules = backbone.modules();
  return std::ranges::any_of(modules, [](const auto& module) {
    const auto* conv = module->template as<torch::nn::Conv2d>();
    if (conv == nullptr) {
      return false;
    }
    const auto maps = torch::zeros({4, conv->options.in_channels(), 4, 4});
    return tensor::can_convolve_by_winograd(*conv,
                                            maps.contiguous(torch::MemoryFormat::ChannelsLast));
  });
}

class TrainingPath : public ::testing::TestWithParam<ActivationCase> {};

}  // namespace

TEST_P(TrainingPath, TakesTheStepOfThePlainLayers) {
  for (auto options : athanor::testing::small_zoo()) {
    SCOPED_TRACE(full_name(options));
    options.activation = GetParam().activation;

    expect_the_same_step(options, GetParam().deviation);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Activations,
    TrainingPath,
    ::testing::Values(ActivationCase{"Published", std::nullopt, 3},
                      ActivationCase{"ReluThatEnds", Activation{ActivationKind::relu, 2.4}, 1.2},
                      ActivationCase{"Relu6", Activation::relu6, 3},
                      ActivationCase{"LeakyRelu", Activation::leaky_relu, 1},
                      ActivationCase{"Swish", Activation::swish, 1}),
    [](const auto& subject) { return subject.param.name; });

TEST(TrainingPathByWinograd, TakesTheStepOfThePlainLayers) {
  BackboneOptions options;
  options.n_layers = 10;
  options.width = 0.25;
  options.num_classes = 5;
  if (!convolves_by_winograd(*make_backbone(options).value())) {
    GTEST_SKIP() << "this processor has no such convolution";
  }

  expect_the_same_step(options, 1);
}

}  // namespace athanor::backbones
