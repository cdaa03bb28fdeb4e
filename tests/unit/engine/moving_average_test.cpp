#include "athanor/engine/moving_average.hpp"

#include <gtest/gtest.h>

#include "athanor/tensor/state_dict.hpp"

namespace athanor::engine {

namespace {

void set_weight(torch::nn::Linear& layer, double value) {
  const torch::NoGradGuard no_grad;
  layer->weight.fill_(value);
}

double weight_of(const torch::nn::Linear& layer) {
  return layer->weight.flatten()[0].item<double>();
}

}  // namespace

TEST(MovingAverage, FollowsTheWeightsByItsDecay) {
  torch::nn::Linear layer(1, 1);
  set_weight(layer, 0);
  MovingAverage average(*layer, 0.9);
  set_weight(layer, 1);

  average.update(1'000'000);
  average.update(1'000'001);
  average.swap();

  EXPECT_NEAR(weight_of(layer), 1 - 0.9 * 0.9, 1e-6);
}

TEST(MovingAverage, ForgetsTheInitialWeightsSoon) {
  torch::nn::Linear layer(1, 1);
  set_weight(layer, 0);
  MovingAverage average(*layer, 0.999);
  set_weight(layer, 1);

  average.update(1);
  average.swap();

  EXPECT_NEAR(weight_of(layer), 1 - 2.0 / 11, 1e-6);
}

TEST(MovingAverage, SwapsThereAndBack) {
  torch::nn::Linear layer(1, 1);
  set_weight(layer, 3);
  MovingAverage average(*layer, 0.9);
  set_weight(layer, 5);
  {
    const AveragedWeights averaged(&average);
    EXPECT_EQ(weight_of(layer), 3);
  }

  EXPECT_EQ(weight_of(layer), 5);
}

TEST(MovingAverage, CoversRunningStatistics) {
  torch::nn::BatchNorm1d norm(2);
  MovingAverage average(*norm, 0.5);
  {
    const torch::NoGradGuard no_grad;
    norm->running_mean.fill_(8);
  }

  average.update(1'000'000);
  average.swap();

  EXPECT_EQ(norm->running_mean[0].item<double>(), 4);
}

TEST(MovingAverage, StandsInForTheWeightsOfAState) {
  torch::nn::BatchNorm1d norm(2);
  MovingAverage average(*norm, 0.5);
  {
    const torch::NoGradGuard no_grad;
    norm->running_mean.fill_(8);
    norm->num_batches_tracked.fill_(3);
  }
  average.update(1'000'000);

  const auto state = average.averaged(tensor::state_dict(*norm));

  EXPECT_EQ((*tensor::find_tensor(state, "running_mean"))[0].item<double>(), 4);
  EXPECT_EQ(tensor::find_tensor(state, "num_batches_tracked")->item<int>(), 3);
  EXPECT_EQ(norm->running_mean[0].item<double>(), 8);
}

TEST(AveragedWeights, OfNoAverageChangesNothing) {
  const AveragedWeights none(nullptr);
}

}  // namespace athanor::engine
