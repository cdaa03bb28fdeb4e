#include "athanor/backbones/backbone.hpp"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/backbones/width.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::backbones {

namespace {

using ::testing::HasSubstr;

class AnyBackbone : public ::testing::TestWithParam<std::string> {
 protected:
  AnyBackbone() {
    torch::manual_seed(4);
    BackboneOptions options;
    options.arch = GetParam();
    options.width = 0.125;
    options.num_classes = 3;
    backbone_ = make_backbone(options).value();
  }

  /// One training step with a large rate; returns the names of what it changed.
  std::vector<std::string> names_changed_by_a_step() {
    tensor::NamedTensors before;
    for (const auto& [name, value] : tensor::state_dict(*backbone_)) {
      before.push_back({name, value.clone()});
    }
    torch::optim::SGD optimiser(backbone_->parameters(), 0.1);
    backbone_->train();
    backbone_->forward(torch::randn({4, 3, 64, 64})).square().mean().backward();
    optimiser.step();
    std::vector<std::string> changed;
    for (const auto& [name, value] : tensor::state_dict(*backbone_)) {
      if (!tensor::find_tensor(before, name)->equal(value)) {
        changed.push_back(name);
      }
    }
    return changed;
  }

  /// Names of everything in the first `count` blocks.
  [[nodiscard]] std::vector<const void*> memory_of_blocks(std::int64_t count) const {
    std::vector<const void*> memory;
    for (std::int64_t i = 0; i < count; ++i) {
      for (const auto& module : backbone_->block(i)) {
        for (const auto& named : tensor::state_dict(*module)) {
          memory.push_back(named.value.data_ptr());
        }
      }
    }
    return memory;
  }

  std::shared_ptr<Backbone> backbone_;
};

TEST_P(AnyBackbone, FrozenBlocksStayAndTheRestLearns) {
  const std::array<std::int64_t, 2> blocks{0, 1};
  ASSERT_TRUE(backbone_->freeze_blocks(blocks));
  const auto frozen = memory_of_blocks(2);

  const auto changed = names_changed_by_a_step();

  EXPECT_FALSE(changed.empty());
  const auto state = tensor::state_dict(*backbone_);
  for (const auto& name : changed) {
    EXPECT_THAT(frozen,
                ::testing::Not(::testing::Contains(tensor::find_tensor(state, name)->data_ptr())))
        << name;
  }
}

TEST_P(AnyBackbone, FrozenBatchNormStaysInEvaluationMode) {
  backbone_->freeze_batch_norm();

  const auto changed = names_changed_by_a_step();

  EXPECT_FALSE(changed.empty());
  for (const auto& name : changed) {
    EXPECT_THAT(name, ::testing::Not(HasSubstr("bn")));
    EXPECT_THAT(name, ::testing::Not(HasSubstr("running")));
  }
}

TEST_P(AnyBackbone, UnknownBlocksAreRefusedAndChangeNothing) {
  const std::array<std::int64_t, 2> blocks{0, backbone_->block_count()};

  const auto frozen = backbone_->freeze_blocks(blocks);

  ASSERT_FALSE(frozen);
  EXPECT_THAT(frozen.error().message, HasSubstr("choose from 0 (the stem)"));
  for (const auto& parameter : backbone_->parameters()) {
    EXPECT_TRUE(parameter.requires_grad());
  }
}

INSTANTIATE_TEST_SUITE_P(Zoo,
                         AnyBackbone,
                         ::testing::ValuesIn([] {
                           const auto archs = known_archs();
                           return std::vector<std::string>(archs.begin(), archs.end());
                         }()),
                         [](const auto& param_info) { return param_info.param; });

TEST(Backbone, UnknownArchNamesTheKnownOnes) {
  BackboneOptions options;
  options.arch = "resnext";

  const auto made = make_backbone(options);

  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(made.error().message, HasSubstr("\"resnext\": choose one of resnet"));
}

// Values of torchvision's _make_divisible(channels * width, 8).
TEST(ScaledChannels, FollowThePublishedRule) {
  EXPECT_EQ(scaled_channels(64, 1.0), 64);
  EXPECT_EQ(scaled_channels(32, 0.75), 24);
  EXPECT_EQ(scaled_channels(16, 0.25), 8);
  EXPECT_EQ(scaled_channels(24, 0.75), 24);
  EXPECT_EQ(scaled_channels(96, 1.1), 104);
  EXPECT_EQ(scaled_channels(12, 1.0), 16);
}

}  // namespace

}  // namespace athanor::backbones
