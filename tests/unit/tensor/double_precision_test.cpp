#include "athanor/tensor/double_precision.hpp"

#include <gtest/gtest.h>

#include "athanor/tensor/state_dict.hpp"

namespace athanor::tensor {

TEST(DoublePrecision, IsThatOfTheModuleWhileItLives) {
  const torch::NoGradGuard no_grad;
  torch::nn::BatchNorm2d norm(2);
  norm->eval();
  norm->weight.uniform_();
  const auto weight = norm->weight.clone();
  const auto input = torch::ones({1, 2, 3, 3});
  {
    const DoublePrecision exact(state_dict(*norm));

    EXPECT_EQ(norm->forward(input.to(torch::kDouble)).scalar_type(), torch::kDouble);
    EXPECT_EQ(norm->num_batches_tracked.scalar_type(), torch::kLong);
  }

  EXPECT_EQ(norm->forward(input).scalar_type(), torch::kFloat);
  EXPECT_TRUE(norm->weight.equal(weight));
}

}  // namespace athanor::tensor
