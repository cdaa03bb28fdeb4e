#include "athanor/backbones/vgg.hpp"

#include <gtest/gtest.h>

#include "athanor/tensor/state_dict.hpp"

namespace athanor::backbones {

namespace {

BackboneOptions tiny_vgg() {
  BackboneOptions options;
  options.arch = "vgg";
  options.n_layers = 16;
  options.width = 0.125;
  options.num_classes = 3;
  return options;
}

}  // namespace

TEST(Vgg, StridesInPlaceOfPoolsKeepNamesAndSizes) {
  const torch::NoGradGuard no_grad;
  auto options = tiny_vgg();
  const auto pooled = *make_backbone(options);
  options.use_pooling = false;
  const auto strided = *make_backbone(options);

  const auto report = tensor::load_state_dict(*strided, tensor::state_dict(*pooled));

  EXPECT_TRUE(report.complete());
  EXPECT_EQ(strided->taps().back().stride, pooled->taps().back().stride);
  EXPECT_EQ(strided->smallest_input(), 1);
  EXPECT_NO_THROW((void)strided->forward(torch::randn({2, 3, 48, 32})));
}

// The published head ends in pools of its own; features do not.
TEST(Vgg, OnlyThePublishedHeadHalvesTheLastMap) {
  auto options = tiny_vgg();
  EXPECT_EQ((*make_backbone(options))->smallest_input(), 16);

  options.retain_head = true;

  EXPECT_EQ((*make_backbone(options))->smallest_input(), 32);
}

}  // namespace athanor::backbones
