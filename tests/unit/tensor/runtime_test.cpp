#include "athanor/tensor/runtime.hpp"

#include <gtest/gtest.h>

#include "athanor/tensor/torch.hpp"

namespace athanor::tensor {

namespace {

TEST(Runtime, SetsTheThreadCount) {
  set_up_runtime({.threads = 2, .seed = 0});
  EXPECT_EQ(torch::get_num_threads(), 2);

  set_up_runtime({.threads = 1, .seed = 0});
  EXPECT_EQ(torch::get_num_threads(), 1);
}

TEST(Runtime, SeedFixesTheRandomNumbers) {
  set_up_runtime({.threads = 1, .seed = 42});
  const auto first = torch::randn({4});
  set_up_runtime({.threads = 1, .seed = 42});
  const auto second = torch::randn({4});
  set_up_runtime({.threads = 1, .seed = 43});
  const auto other = torch::randn({4});

  EXPECT_TRUE(first.equal(second));
  EXPECT_FALSE(first.equal(other));
}

TEST(Runtime, CountsTinyNumbersAsZero) {
  set_up_runtime({});

  EXPECT_EQ((torch::full({1}, 1e-30F) * 1e-10F).item<float>(), 0.0F);
}

}  // namespace

}  // namespace athanor::tensor
