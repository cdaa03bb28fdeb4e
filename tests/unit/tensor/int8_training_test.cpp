#include "athanor/tensor/int8_training.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "athanor/tensor/layers.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::tensor {
namespace {

torch::nn::Conv2d small_conv() {
  torch::manual_seed(3);
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(4, 6, 3).padding(1));
}

torch::nn::Conv2d conv_for_int8() {
  auto conv = small_conv();
  EXPECT_EQ(train_for_int8(*conv), 1U);
  return conv;
}

torch::Tensor noise_maps() {
  torch::manual_seed(4);
  return torch::randn({2, 4, 8, 8});
}

torch::Tensor range_in(const torch::nn::Module& layer) {
  return *find_tensor(state_dict(layer), "input_range");
}

/// What int8 makes of values between -most and most.
torch::Tensor in_steps(const torch::Tensor& values, const torch::Tensor& most) {
  const auto scale = most / 127;
  return (values / scale).round() * scale;
}

torch::Tensor filters_in_steps(const torch::Tensor& filters) {
  return in_steps(filters, filters.abs().amax({1, 2, 3}, /*keepdim=*/true));
}

double most_apart(const torch::Tensor& a, const torch::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

// The oracle is a layer in float with numbers that were rounded before.
TEST(Int8Training, SeesWeightsAndInputsAsInt8HasThem) {
  auto conv = conv_for_int8();
  const auto x = noise_maps();

  const auto y = convolve(*conv, x);

  auto twin = small_conv();
  const torch::NoGradGuard no_grad;
  twin->weight.copy_(filters_in_steps(twin->weight));
  EXPECT_LT(most_apart(y, twin->forward(in_steps(x, x.abs().max()))), 1e-5);
  EXPECT_GT(most_apart(y, small_conv()->forward(x)), 1e-4);
}

TEST(Int8Training, LetsGradientsPassAsIfNothingWereRounded) {
  auto conv = conv_for_int8();
  const auto x = noise_maps().requires_grad_();

  convolve(*conv, x).square().sum().backward();

  auto twin = small_conv();
  {
    const torch::NoGradGuard no_grad;
    twin->weight.copy_(filters_in_steps(twin->weight));
  }
  const auto seen = in_steps(x.detach(), x.detach().abs().max()).requires_grad_();
  twin->forward(seen).square().sum().backward();
  EXPECT_LT(most_apart(conv->weight.grad(), twin->weight.grad()), 1e-2);
  EXPECT_LT(most_apart(conv->bias.grad(), twin->bias.grad()), 1e-2);
  EXPECT_LT(most_apart(x.grad(), seen.grad()), 1e-3);
}

TEST(Int8Training, TakesAllStepsForInputsThatAreNotNegative) {
  torch::manual_seed(3);
  torch::nn::Linear linear(1, 1);
  ASSERT_EQ(train_for_int8(*linear), 1U);
  const auto x = torch::linspace(0, 1, 256).unsqueeze(1);

  const auto y = connect(*linear, x).detach();

  EXPECT_TRUE(y.diff(1, 0).ne(0).all().item<bool>());
}

TEST(Int8Training, LetsARangeFollowItsInputs) {
  auto conv = conv_for_int8();
  const auto x = noise_maps();

  (void)convolve(*conv, x);
  EXPECT_EQ(range_in(*conv)[0].item<float>(), x.min().item<float>());
  EXPECT_EQ(range_in(*conv)[1].item<float>(), x.max().item<float>());

  (void)convolve(*conv, 2 * x);
  EXPECT_NEAR(range_in(*conv)[1].item<double>(), 1.01 * x.max().item<double>(), 1e-5);
}

TEST(Int8Training, NamesTheWeightsOfTheLayerWhoseInputARangeIs) {
  EXPECT_EQ(weight_of_int8_range("backbone.conv1.input_range"), "backbone.conv1.weight");
  EXPECT_EQ(weight_of_int8_range("input_range"), "weight");
}

TEST(Int8Training, IsOverInEvaluation) {
  auto conv = conv_for_int8();
  const auto x = noise_maps();
  (void)convolve(*conv, x);
  const auto range = range_in(*conv).clone();

  conv->eval();

  EXPECT_TRUE(convolve(*conv, 2 * x).equal(small_conv()->forward(2 * x)));
  EXPECT_TRUE(range_in(*conv).equal(range));
}

TEST(Int8Training, LeavesTheLayerItsOwnWeight) {
  auto conv = conv_for_int8();
  const auto weight = conv->weight;

  (void)convolve(*conv, noise_maps());
  EXPECT_TRUE(conv->weight.is_same(weight));

  EXPECT_ANY_THROW((void)convolve(*conv, torch::ones({1, 3, 8, 8})));
  EXPECT_TRUE(conv->weight.is_same(weight));
}

TEST(Int8Training, DoesNotHideThatALossIsNoNumber) {
  auto conv = conv_for_int8();
  const auto x = noise_maps();
  x[0][0][0][0] = std::numeric_limits<float>::quiet_NaN();

  EXPECT_TRUE(std::isnan(convolve(*conv, x).sum().item<float>()));
}

TEST(Int8Training, TakesInputsOfZeros) {
  auto conv = conv_for_int8();

  const auto y = convolve(*conv, torch::zeros({1, 4, 8, 8}));

  EXPECT_TRUE(y.isfinite().all().item<bool>());
}

}  // namespace
}  // namespace athanor::tensor
