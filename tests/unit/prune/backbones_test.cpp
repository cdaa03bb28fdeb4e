// Every backbone of the zoo: pruned, it computes what the whole one does when what reads the pruned
// channels weighs them by 0, in double precision.
#include "subject.hpp"
#include "support/zoo.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::prune {

namespace {

using backbones::Backbone;
using backbones::BackboneOptions;
using testing::half;
using ::testing::IsEmpty;
using torch::Tensor;

class Zoo : public ::testing::TestWithParam<BackboneOptions> {};

std::shared_ptr<Backbone> make(const BackboneOptions& options) {
  torch::manual_seed(11);
  auto backbone = backbones::make_backbone(options).value();
  testing::scatter_norms(*backbone);
  backbone->to(torch::kDouble);
  backbone->eval();
  return backbone;
}

exporter::TracedGraph trace_logits(Backbone& backbone, const Tensor& input) {
  return testing::trace(
      [&](const std::vector<Tensor>& inputs) -> std::vector<Tensor> {
        return {backbone.forward(inputs.front())};
      },
      input,
      backbone);
}

/// Sets to 0 what a layer weighs pruned channels by, column by column.
void forget_columns(Backbone& backbone, const Plan& plan) {
  const torch::NoGradGuard no_grad;
  auto parameters = backbone.named_parameters();
  for (const auto& cut : plan.cuts) {
    if (cut.tensor.ends_with("weight") && cut.dimension == 1) {
      for (const auto column : cut.removed) {
        parameters[cut.tensor].select(1, column).zero_();
      }
    }
  }
}

void expect_equal_when_pruned(const BackboneOptions& options, const Options& how) {
  const torch::NoGradGuard no_grad;
  const auto whole = make(options);
  const auto pruned = make(options);
  const auto input = torch::randn({2, options.input_channels, 64, 72}, torch::kDouble);
  const auto traced = trace_logits(*whole, input);
  const auto plan = plan_pruning(traced, *whole, how);
  ASSERT_TRUE(plan) << plan.error().message;

  const auto topology = prune(*pruned, *plan);

  EXPECT_THAT(plan->unknown_operators, IsEmpty());
  EXPECT_LT(parameter_count(*pruned), 0.9 * static_cast<double>(parameter_count(*whole)));
  EXPECT_LT(operation_count(trace_logits(*pruned, input)), operation_count(traced));
  forget_columns(*whole, *plan);
  const auto expected = whole->forward(input);
  EXPECT_LT(testing::relative_difference(expected, pruned->forward(input)), 1e-5);

  // What a checkpoint keeps is enough to build the same again.
  const auto again = make(options);
  const auto status = shape_module(*again, topology);
  ASSERT_TRUE(status) << status.error().message;
  ASSERT_TRUE(tensor::load_state_dict(*again, tensor::state_dict(*pruned)).complete());
  EXPECT_LT(testing::relative_difference(expected, again->forward(input)), 1e-5);
}

std::string name_of(const ::testing::TestParamInfo<BackboneOptions>& subject) {
  return full_name(subject.param);
}

}  // namespace

TEST_P(Zoo, ComputesTheSameWithoutItsPrunedChannels) {
  expect_equal_when_pruned(GetParam(), half());
}

TEST_P(Zoo, ComputesTheSameInItsVariants) {
  auto options = GetParam();
  options.all_projections = true;
  options.retain_head = true;
  options.use_bias = true;
  options.stem = backbones::Stem::small;
  options.use_pooling = false;

  expect_equal_when_pruned(options, half());
}

TEST_P(Zoo, ComputesTheSameWithoutBatchNorm) {
  auto options = GetParam();
  options.use_batch_norm = false;
  options.activation = backbones::Activation::swish;
  auto how = half();
  how.equalization = Equalization::smallest;

  expect_equal_when_pruned(options, how);
}

TEST(PrunedResnet, ComputesTheSameWithEveryActivation) {
  BackboneOptions options;
  options.n_layers = 10;
  options.width = 0.25;
  options.num_classes = 5;
  for (const auto& activation : athanor::testing::activations()) {
    SCOPED_TRACE(std::string(name_of(activation)) + (activation.parameter ? " shaped" : ""));
    options.activation = activation;

    expect_equal_when_pruned(options, half());
  }
}

INSTANTIATE_TEST_SUITE_P(All, Zoo, ::testing::ValuesIn(athanor::testing::small_zoo()), name_of);

TEST(OperationCount, IsThatOfThePublishedNetworks) {
  // In billions of multiplications with their sums, as torchvision documents its weights.
  struct Published {
    const char* arch;
    std::int64_t n_layers;
    double billions;
  };

  const torch::NoGradGuard no_grad;
  for (const auto& [arch, n_layers, billions] :
       {Published{"resnet", 18, 1.81}, Published{"mobilenet_v2", 0, 0.30}}) {
    BackboneOptions options;
    options.arch = arch;
    options.n_layers = n_layers;
    const auto backbone = backbones::make_backbone(options).value();
    backbone->eval();

    const auto count = operation_count(trace_logits(*backbone, torch::zeros({1, 3, 224, 224})));

    EXPECT_NEAR(static_cast<double>(count) / 2e9, billions, 0.005) << arch;
  }
}

TEST(ParameterCount, IsThatOfThePublishedNetwork) {
  EXPECT_EQ(parameter_count(*backbones::make_backbone({}).value()), 11'689'512);
}

}  // namespace athanor::prune
