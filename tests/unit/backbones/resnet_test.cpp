#include "athanor/backbones/resnet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/tensor/state_dict.hpp"

namespace athanor::backbones {

namespace {

using ::testing::HasSubstr;

BackboneOptions tiny(std::int64_t n_layers = 10) {
  BackboneOptions options;
  options.n_layers = n_layers;
  options.width = 0.125;
  options.num_classes = 4;
  return options;
}

std::shared_ptr<Backbone> make_seeded(const BackboneOptions& options) {
  torch::manual_seed(3);
  return make_backbone(options).value();
}

std::int64_t parameter_count(const torch::nn::Module& module) {
  std::int64_t count = 0;
  for (const auto& parameter : module.parameters()) {
    count += parameter.numel();
  }
  return count;
}

// Counts as torchvision documents them, for 1000 classes.
TEST(Resnet, HasThePublishedParameterCounts) {
  const std::pair<std::int64_t, std::int64_t> published[] = {
      {18, 11'689'512}, {34, 21'797'672}, {50, 25'557'032}, {101, 44'549'160}, {152, 60'192'808}};

  for (const auto& [n_layers, count] : published) {
    BackboneOptions options;
    options.n_layers = n_layers;
    EXPECT_EQ(parameter_count(**make_backbone(options)), count) << n_layers;
  }
}

TEST(Resnet, TapsDescribeTheMaps) {
  for (const auto n_layers : {10, 50}) {
    for (const bool use_pooling : {true, false}) {
      for (const auto stem : {Stem::imagenet, Stem::small}) {
        auto options = tiny(n_layers);
        options.use_pooling = use_pooling;
        options.stem = stem;
        auto backbone = make_seeded(options);

        const auto maps = backbone->forward_features(torch::randn({2, 3, 64, 32}));
        const auto taps = backbone->taps();

        ASSERT_EQ(maps.size(), taps.size());
        for (std::size_t i = 0; i < maps.size(); ++i) {
          EXPECT_EQ(
              maps[i].sizes(),
              (torch::IntArrayRef{2, taps[i].channels, 64 / taps[i].stride, 32 / taps[i].stride}))
              << taps[i].name;
        }
      }
    }
  }
}

TEST(Resnet, PoolingDecidesTheTotalStride) {
  auto options = tiny();
  EXPECT_EQ(make_seeded(options)->taps().back().stride, 32);

  options.use_pooling = false;
  EXPECT_EQ(make_seeded(options)->taps().back().stride, 16);
}

TEST(Resnet, ExtraProjectionsStartAsIdentity) {
  auto options = tiny(18);
  options.batch_norm_epsilon = 1e-2;
  auto without = make_seeded(options);
  options.all_projections = true;
  auto with = make_seeded(options);
  const auto report = tensor::load_state_dict(*with, tensor::state_dict(*without));
  without->eval();
  with->eval();

  const auto x = torch::randn({2, 3, 32, 32});

  EXPECT_FALSE(report.missing.empty());
  EXPECT_TRUE(report.unexpected.empty());
  EXPECT_TRUE(torch::allclose(with->forward(x), without->forward(x), 1e-4, 1e-5));
}

TEST(Resnet, AllProjectionsCoverEveryBlock) {
  auto options = tiny(34);
  options.all_projections = true;
  std::int64_t projections = 0;

  for (const auto& parameter : make_seeded(options)->named_parameters()) {
    projections += parameter.key().ends_with("downsample.0.weight") ? 1 : 0;
  }

  EXPECT_EQ(projections, 3 + 4 + 6 + 3);
}

TEST(Resnet, OptionsDecideWhichParametersExist) {
  auto options = tiny();
  options.use_batch_norm = false;
  options.use_bias = true;
  const auto state = tensor::state_dict(*make_seeded(options));

  EXPECT_NE(tensor::find_tensor(state, "conv1.bias"), nullptr);
  EXPECT_NE(tensor::find_tensor(state, "layer2.0.downsample.0.bias"), nullptr);
  EXPECT_EQ(tensor::find_tensor(state, "bn1.weight"), nullptr);
  EXPECT_EQ(tensor::find_tensor(state, "layer2.0.downsample.1.weight"), nullptr);
}

TEST(Resnet, BatchNormTakesMomentumAndEpsilon) {
  auto options = tiny();
  options.batch_norm_momentum = 0.75;
  options.batch_norm_epsilon = 0.5;

  for (const auto& module : make_seeded(options)->modules()) {
    if (const auto* norm = module->as<torch::nn::BatchNorm2d>()) {
      EXPECT_DOUBLE_EQ(*norm->options.momentum(), 0.25);
      EXPECT_DOUBLE_EQ(norm->options.eps(), 0.5);
    }
  }
}

TEST(Resnet, ActivationChangesTheOutput) {
  auto options = tiny();
  auto relu = make_seeded(options);
  options.activation = Activation::swish;
  auto swish = make_seeded(options);
  const auto x = torch::randn({2, 3, 32, 32});

  EXPECT_FALSE(torch::allclose(relu->forward(x), swish->forward(x)));
}

TEST(Resnet, DropoutActsInTrainingOnly) {
  auto options = tiny();
  options.dropout = 0.5;
  auto backbone = make_seeded(options);
  backbone->freeze_batch_norm();
  const auto x = torch::randn({2, 3, 32, 32});

  backbone->train();
  EXPECT_FALSE(backbone->forward(x).equal(backbone->forward(x)));
  backbone->eval();
  EXPECT_TRUE(backbone->forward(x).equal(backbone->forward(x)));
}

TEST(Resnet, StaysFiniteWithoutBatchNorm) {
  auto options = tiny(50);
  options.use_batch_norm = false;
  auto backbone = make_seeded(options);

  const auto loss = backbone->forward(torch::randn({2, 3, 32, 32})).square().mean();
  loss.backward();

  EXPECT_LT(loss.item<float>(), 100.0F);
  for (const auto& parameter : backbone->named_parameters()) {
    EXPECT_TRUE(parameter.value().grad().isfinite().all().item<bool>()) << parameter.key();
  }
}

TEST(Resnet, EveryParameterGetsAGradient) {
  auto options = tiny(18);
  options.all_projections = true;
  auto backbone = make_seeded(options);

  backbone->forward(torch::randn({4, 3, 64, 64})).square().mean().backward();

  for (const auto& parameter : backbone->named_parameters()) {
    ASSERT_TRUE(parameter.value().grad().defined()) << parameter.key();
    EXPECT_TRUE(parameter.value().grad().isfinite().all().item<bool>()) << parameter.key();
    EXPECT_GT(parameter.value().grad().abs().max().item<float>(), 0.0F) << parameter.key();
  }
}

TEST(Resnet, ZeroClassesLeaveTheHeadOut) {
  auto options = tiny();
  options.num_classes = 0;
  auto backbone = make_seeded(options);

  EXPECT_EQ(tensor::find_tensor(tensor::state_dict(*backbone), "fc.weight"), nullptr);
  EXPECT_THROW((void)backbone->forward(torch::randn({1, 3, 32, 32})), std::logic_error);
}

TEST(Resnet, UnknownDepthsNameTheKnownOnes) {
  const auto made = make_backbone(tiny(19));

  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(made.error().message, HasSubstr("10, 18, 34, 50, 101 or 152"));
}

}  // namespace

}  // namespace athanor::backbones
