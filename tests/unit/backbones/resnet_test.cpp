#include "athanor/backbones/resnet.hpp"

#include <gtest/gtest.h>

#include "athanor/tensor/state_dict.hpp"

namespace athanor::backbones {

namespace {

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

}  // namespace

}  // namespace athanor::backbones
