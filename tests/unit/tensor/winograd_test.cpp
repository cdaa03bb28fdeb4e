#include "athanor/tensor/winograd.hpp"

#include "support/relative_error.hpp"
#include <gtest/gtest.h>

#include "athanor/tensor/channels_last.hpp"
#include "athanor/tensor/layers.hpp"

namespace athanor::tensor {
namespace {

using athanor::testing::relative_error;

torch::nn::Conv2d make_conv(const torch::nn::Conv2dOptions& options) {
  torch::manual_seed(3);
  torch::nn::Conv2d conv(options);
  use_channels_last(*conv);
  return conv;
}

torch::nn::Conv2dOptions fitting(std::int64_t in = 64, std::int64_t out = 80) {
  return torch::nn::Conv2dOptions(in, out, 3).padding(1).bias(false);
}

torch::Tensor maps(std::vector<std::int64_t> shape) {
  torch::manual_seed(4);
  return torch::randn(shape).contiguous(torch::MemoryFormat::ChannelsLast);
}

/// All that a training step sees of a convolution, in double precision.
struct Convolved {
  torch::Tensor y, dx, dweight, dbias;
};

template <class Apply>
Convolved convolved(torch::nn::Conv2d conv, const torch::Tensor& x, const Apply& apply) {
  conv->zero_grad();
  const auto input = x.detach().clone(torch::MemoryFormat::Preserve).set_requires_grad(true);
  const auto y = apply(*conv, input);
  torch::manual_seed(5);
  y.backward(torch::randn(y.sizes()).to(y.scalar_type()));
  const auto wide = [](const torch::Tensor& tensor) {
    return tensor.defined() ? tensor.detach().clone().to(torch::kDouble) : tensor;
  };
  return {wide(y),
          wide(input.grad()),
          wide(conv->weight.grad()),
          conv->bias.defined() ? wide(conv->bias.grad()) : torch::Tensor()};
}

class WinogradConvolution : public ::testing::TestWithParam<std::vector<std::int64_t>> {
 protected:
  void SetUp() override {
    if (!can_convolve_by_winograd(*make_conv(fitting()), maps({2, 64, 8, 8}))) {
      GTEST_SKIP() << "this processor has no such convolution";
    }
  }
};

// The oracle is torch's own convolution in double precision.
TEST_P(WinogradConvolution, TrainsAsTorchDoesInDoublePrecision) {
  const auto& shape = GetParam();
  const auto x = maps(shape);
  auto conv = make_conv(fitting(shape[1]).bias(true));
  ASSERT_TRUE(can_convolve_by_winograd(*conv, x));

  const auto quick = convolved(
      conv, x, [](auto& layer, const auto& input) { return winograd_convolution(layer, input); });
  conv->to(torch::kDouble);
  const auto oracle = convolved(conv, x.to(torch::kDouble), [](auto& layer, const auto& input) {
    return layer.forward(input);
  });

  EXPECT_LT(relative_error(quick.y, oracle.y), 1e-5);
  EXPECT_LT(relative_error(quick.dx, oracle.dx), 1e-5);
  EXPECT_LT(relative_error(quick.dweight, oracle.dweight), 1e-5);
  EXPECT_LT(relative_error(quick.dbias, oracle.dbias), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Shapes,
                         WinogradConvolution,
                         ::testing::Values(std::vector<std::int64_t>{2, 64, 8, 8},
                                           std::vector<std::int64_t>{1, 64, 7, 5},
                                           std::vector<std::int64_t>{3, 96, 14, 13},
                                           std::vector<std::int64_t>{2, 256, 2, 3}));

TEST_F(WinogradConvolution, GivesMapsAndKernelGradientsWithChannelsLast) {
  auto conv = make_conv(fitting());
  const auto y = winograd_convolution(*conv, maps({2, 64, 8, 8}));
  y.sum().backward();

  EXPECT_TRUE(y.is_contiguous(torch::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(conv->weight.grad().is_contiguous(torch::MemoryFormat::ChannelsLast));
}

TEST_F(WinogradConvolution, LeavesOutTheGradientOfAFrozenKernel) {
  auto conv = make_conv(fitting());
  conv->weight.set_requires_grad(false);
  const auto x = maps({2, 64, 8, 8}).set_requires_grad(true);
  winograd_convolution(*conv, x).sum().backward();

  EXPECT_TRUE(x.grad().defined());
  EXPECT_FALSE(conv->weight.grad().defined());
}

TEST_F(WinogradConvolution, GivesTheSameBitsAgain) {
  auto conv = make_conv(fitting());
  const auto x = maps({3, 64, 13, 13});
  const auto apply = [](auto& layer, const auto& input) {
    return winograd_convolution(layer, input);
  };
  const auto first = convolved(conv, x, apply);
  const auto second = convolved(conv, x, apply);

  EXPECT_TRUE(first.y.equal(second.y));
  EXPECT_TRUE(first.dx.equal(second.dx));
  EXPECT_TRUE(first.dweight.equal(second.dweight));
}

TEST(WinogradChoice, LeavesOtherConvolutionsToTorch) {
  const auto x = maps({2, 64, 8, 8});
  const torch::nn::Conv2dOptions others[] = {
      torch::nn::Conv2dOptions(64, 64, 1).padding(1),
      torch::nn::Conv2dOptions(64, 64, 3).padding(1).stride(2),
      torch::nn::Conv2dOptions(64, 64, 3).padding(0),
      torch::nn::Conv2dOptions(64, 64, 3).padding(1).groups(64),
      torch::nn::Conv2dOptions(64, 64, 3).padding(1).dilation(2),
      torch::nn::Conv2dOptions(64, 64, 3).padding(1).padding_mode(torch::kReflect),
      torch::nn::Conv2dOptions(64, 72, 3).padding(1),
      torch::nn::Conv2dOptions(64, 32, 3).padding(1),
      torch::nn::Conv2dOptions(64, 64, 3).padding(torch::kSame)};
  for (const auto& options : others) {
    auto conv = make_conv(options);
    EXPECT_FALSE(can_convolve_by_winograd(*conv, x));
    EXPECT_TRUE(convolve(*conv, x).equal(conv->forward(x)));
  }
}

TEST(WinogradChoice, LeavesEvaluationToTorch) {
  auto conv = make_conv(fitting());
  const auto x = maps({2, 64, 8, 8});
  conv->eval();
  EXPECT_FALSE(can_convolve_by_winograd(*conv, x));
  conv->train();
  const torch::NoGradGuard no_grad;
  EXPECT_FALSE(can_convolve_by_winograd(*conv, x));
}

TEST(WinogradChoice, RefusesMapsOfAnotherLayoutOrType) {
  auto conv = make_conv(fitting());
  EXPECT_FALSE(can_convolve_by_winograd(*conv, torch::randn({2, 64, 8, 8})));
  EXPECT_FALSE(can_convolve_by_winograd(*conv, maps({2, 64, 8, 8}).to(torch::kDouble)));
}

}  // namespace
}  // namespace athanor::tensor
