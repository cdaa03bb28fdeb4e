#include "athanor/backbones/efficientnet.hpp"

#include <gtest/gtest.h>

namespace athanor::backbones {

TEST(Efficientnet, DropsBranchesWhileTrainingOnly) {
  torch::manual_seed(7);
  BackboneOptions options;
  options.arch = "efficientnet_b0";
  options.width = 0.125;
  options.num_classes = 3;
  const auto backbone = *make_backbone(options);
  backbone->freeze_batch_norm();
  const auto x = torch::randn({16, 3, 32, 32});

  backbone->train();
  EXPECT_FALSE(backbone->forward(x).equal(backbone->forward(x)));
  backbone->eval();
  EXPECT_TRUE(backbone->forward(x).equal(backbone->forward(x)));
}

}  // namespace athanor::backbones
