#include "athanor/engine/optimizer_state.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/engine/optimizer.hpp"
#include "athanor/tensor/channels_last.hpp"

namespace athanor::engine {

namespace {

/// A convolution with channels last and the optimiser that trains it.
struct Learner {
  Learner() {
    torch::manual_seed(2);
    module->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(8, 5, 3)));
    tensor::use_channels_last(*module);
    optimizer = make_optimizer({.kind = Adam{}, .learning_rate = 0.1}, {}, *module);
  }

  void step() {
    optimizer->zero_grad();
    module->forward(torch::ones({2, 8, 4, 4})).square().sum().backward();
    optimizer->step();
  }

  torch::nn::Sequential module;
  std::unique_ptr<torch::optim::Optimizer> optimizer;
};

/// As a file gives them: densely, row by row.
tensor::NamedTensors as_read(const tensor::NamedTensors& tensors) {
  tensor::NamedTensors read;
  for (const auto& [name, value] : tensors) {
    read.push_back({name, value.contiguous().clone()});
  }
  return read;
}

}  // namespace

TEST(OptimizerState, ComesBackInTheLayoutOfItsParameter) {
  Learner learner;
  learner.step();
  const auto saved = optimizer_state(*learner.optimizer, *learner.module);
  Learner other;

  ASSERT_TRUE(load_optimizer_state(*other.optimizer, *other.module, as_read(saved)));

  const auto loaded = optimizer_state(*other.optimizer, *other.module);
  ASSERT_EQ(loaded.size(), saved.size());
  for (std::size_t i = 0; i < saved.size(); ++i) {
    EXPECT_TRUE(torch::equal(loaded[i].value, saved[i].value)) << saved[i].name;
    EXPECT_EQ(loaded[i].value.strides(), saved[i].value.strides()) << saved[i].name;
  }
}

TEST(OptimizerState, NamesWhatHasAnotherShape) {
  Learner learner;
  learner.step();
  auto saved = optimizer_state(*learner.optimizer, *learner.module);
  saved[1].value = torch::zeros({1, 2});
  Learner other;

  const auto loaded = load_optimizer_state(*other.optimizer, *other.module, saved);

  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, ::testing::HasSubstr("another shape"));
}

}  // namespace athanor::engine
