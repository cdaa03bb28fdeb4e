#include "athanor/tensor/batch_norm.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace athanor::tensor {
namespace {

using channel_kernels::Clamp;

struct Case {
  const char* name;
  std::vector<std::int64_t> shape;
  Clamp clamp;
  bool has_residual;
  double mean;  ///< Of the inputs, whose deviation is 1.
};

/// All that a training step sees of a batch norm, in double precision.
struct Step {
  torch::Tensor y, dx, dresidual, dweight, dbias, running_mean, running_var, batches;
};

torch::Tensor channels_last(const torch::Tensor& map) {
  return map.contiguous(torch::MemoryFormat::ChannelsLast);
}

torch::Tensor leaf(const torch::Tensor& values, torch::Dtype type) {
  return values.to(type).detach().clone(torch::MemoryFormat::Preserve).set_requires_grad(true);
}

torch::nn::BatchNorm2d make_norm(std::int64_t channels) {
  torch::manual_seed(5);
  torch::nn::BatchNorm2d norm(torch::nn::BatchNorm2dOptions(channels).momentum(0.3).eps(1e-3));
  const torch::NoGradGuard no_grad;
  norm->weight.uniform_(0.5, 1.5);
  norm->bias.uniform_(-0.5, 0.5);
  return norm;
}

/// One step of a norm, the residual and the clamp as `apply` puts them together.
template <class Apply>
Step step(torch::Dtype type,
          const torch::Tensor& x,
          const torch::Tensor& residual,
          const torch::Tensor& dy,
          const Apply& apply) {
  auto norm = make_norm(x.size(1));
  norm->to(type);
  const auto input = leaf(x, type);
  const auto added = residual.defined() ? leaf(residual, type) : torch::Tensor();
  const auto y = apply(norm, input, added);
  y.backward(dy.to(type));
  const auto wide = [](const torch::Tensor& tensor) {
    return tensor.defined() ? tensor.detach().to(torch::kDouble) : tensor;
  };
  return {wide(y),
          wide(input.grad()),
          residual.defined() ? wide(added.grad()) : torch::Tensor(),
          wide(norm->weight.grad()),
          wide(norm->bias.grad()),
          wide(norm->running_mean),
          wide(norm->running_var),
          norm->num_batches_tracked};
}

double distance(const torch::Tensor& a, const torch::Tensor& b) {
  return ((a - b).abs().max() / b.abs().max().clamp_min(1)).item<double>();
}

class FusedBatchNorm : public ::testing::TestWithParam<Case> {};

// The oracle is torch's own batch norm, addition and clamp in double precision.
TEST_P(FusedBatchNorm, TrainsAsTorchDoesInDoublePrecision) {
  const auto& [name, shape, clamp, has_residual, mean] = GetParam();
  torch::manual_seed(7);
  const auto x = channels_last(torch::randn(shape) + mean);
  const auto residual = has_residual ? channels_last(torch::randn(shape)) : torch::Tensor();
  const auto dy = channels_last(torch::randn(shape));

  const Clamp limits = clamp;
  const auto fused =
      step(torch::kFloat, x, residual, dy, [&](auto& norm, const auto& input, const auto& added) {
        return batch_norm(*norm, input, limits, added);
      });
  const auto oracle =
      step(torch::kDouble, x, residual, dy, [&](auto& norm, const auto& input, const auto& added) {
        auto y = norm->forward(input);
        y = added.defined() ? y + added : y;
        return limits.cuts() ? torch::clamp(y, limits.low, limits.high) : y;
      });

  EXPECT_LT(distance(fused.y, oracle.y), 2e-5);
  EXPECT_LT(distance(fused.dx, oracle.dx), 2e-5);
  EXPECT_LT(distance(fused.dweight, oracle.dweight), 2e-5);
  EXPECT_LT(distance(fused.dbias, oracle.dbias), 2e-5);
  EXPECT_LT(distance(fused.running_mean, oracle.running_mean), 1e-6);
  EXPECT_LT(distance(fused.running_var, oracle.running_var), 1e-6);
  EXPECT_EQ(fused.batches.item<std::int64_t>(), 1);
  if (has_residual) {
    EXPECT_LT(distance(fused.dresidual, oracle.dresidual), 1e-6);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes,
    FusedBatchNorm,
    ::testing::Values(Case{"Plain", {4, 16, 9, 7}, {}, false, 0},
                      Case{"Relu", {4, 64, 8, 8}, relu_clamp, false, 0},
                      Case{"Relu6", {4, 24, 8, 8}, relu6_clamp, false, 0},
                      Case{"Residual", {2, 32, 6, 6}, {}, true, 0},
                      Case{"ReluOfResidual", {2, 32, 6, 6}, relu_clamp, true, 0},
                      Case{"ChannelsThatFillNoRegister", {3, 77, 5, 3}, relu_clamp, true, 0},
                      Case{"OneChannel", {2, 1, 40, 40}, relu_clamp, false, 0},
                      Case{"ManyPieces", {8, 40, 64, 64}, relu_clamp, true, 0},
                      Case{"FarFromZero", {4, 16, 8, 8}, relu_clamp, false, 100}),
    [](const auto& each) { return each.param.name; });

TEST(FusedBatchNormClamp, KeepsWhatIsNoNumber) {
  const auto x = channels_last(torch::full({2, 8, 4, 4}, std::nanf("")));
  for (const auto& clamp : {relu_clamp, relu6_clamp}) {
    EXPECT_TRUE(batch_norm(*make_norm(8), x, clamp).isnan().all().item<bool>());
  }
}

TEST(FusedBatchNormThreads, DoNotChangeAnyBit) {
  const int threads = at::get_num_threads();
  const auto train = [](int count) {
    at::set_num_threads(count);
    torch::manual_seed(7);
    const auto x = channels_last(torch::randn({8, 40, 64, 64})).set_requires_grad(true);
    auto norm = make_norm(40);
    batch_norm(*norm, x, relu_clamp).square().sum().backward();
    return x.grad();
  };
  const auto one = train(1);
  const auto two = train(2);
  at::set_num_threads(threads);
  EXPECT_TRUE(torch::equal(one, two));
}

TEST(CanBatchNorm, OnlyWhereItIsQuickerAndRight) {
  auto norm = make_norm(16);
  const auto x = torch::randn({2, 16, 5, 5});
  const auto last = channels_last(x);

  EXPECT_TRUE(can_batch_norm(*norm, last));
  EXPECT_TRUE(can_batch_norm(*norm, last, last));
  EXPECT_FALSE(can_batch_norm(*norm, x));
  EXPECT_FALSE(can_batch_norm(*norm, last, x));
  EXPECT_FALSE(can_batch_norm(*norm, last.to(torch::kDouble)));
  // One value per channel has no variance; torch says so.
  EXPECT_FALSE(can_batch_norm(*norm, channels_last(torch::randn({1, 16, 1, 1}))));
  norm->eval();
  EXPECT_FALSE(can_batch_norm(*norm, last));
}

}  // namespace
}  // namespace athanor::tensor
