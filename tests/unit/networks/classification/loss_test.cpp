#include "athanor/networks/classification/loss.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace athanor::networks::classification {

TEST(SmoothTargets, SpreadsTheSmoothingOverAllClasses) {
  const std::vector<std::int64_t> labels{2, 0};

  const auto targets = smooth_targets(labels, 4, 0.2);

  EXPECT_TRUE(torch::allclose(
      targets,
      torch::tensor({{0.05, 0.05, 0.85, 0.05}, {0.85, 0.05, 0.05, 0.05}}, torch::kFloat32)));
}

TEST(SoftCrossEntropy, IsTheMeanOfMinusTargetTimesLogProbability) {
  const auto logits = torch::tensor({{0.0, std::log(3.0)}}, torch::kFloat32);
  const auto targets = torch::tensor({{0.25, 0.75}}, torch::kFloat32);

  EXPECT_NEAR(soft_cross_entropy(logits, targets).item<double>(),
              -(0.25 * std::log(0.25) + 0.75 * std::log(0.75)),
              1e-6);
}

TEST(SoftCrossEntropy, WeighsEveryClass) {
  const auto logits = torch::tensor({{0.0, 0.0}, {0.0, 0.0}}, torch::kFloat32);
  const auto weights = torch::tensor({1.0, 3.0}, torch::kFloat32);

  EXPECT_NEAR(soft_cross_entropy(logits, torch::eye(2), weights).item<double>(),
              (1 + 3) * std::log(2.0) / 2,
              1e-6);
}

TEST(BalancedWeights, MakeEveryClassCountTheSame) {
  const std::vector<std::int64_t> labels{0, 0, 0, 1};

  const auto weights = balanced_weights(labels, 3);

  EXPECT_TRUE(torch::allclose(weights, torch::tensor({4 / 9.0F, 4 / 3.0F, 0.0F})));
}

TEST(ClassWeights, AreFactorsOnThoseOfBalancedClasses) {
  const std::vector<std::string> classes{"cat", "dog"};
  const std::vector<std::int64_t> labels{0, 0, 0, 1};
  const ClassWeighting weighting{true, {{"dog", 3.0}}};

  const auto weights = class_weights(weighting, classes, labels);

  EXPECT_TRUE(torch::allclose(weights, torch::tensor({2 / 3.0F, 6.0F})));
}

TEST(ClassWeights, AreUndefinedWhereAllClassesCountTheSame) {
  const std::vector<std::string> classes{"cat", "dog"};
  const std::vector<std::int64_t> labels{0, 0, 0, 1};

  EXPECT_FALSE(class_weights(ClassWeighting(), classes, labels).defined());
}

TEST(MixUp, BlendsMirrorPlacesWithTheOwnShareAtLeastHalf) {
  auto pixels = torch::tensor({{0.0}, {10.0}, {20.0}}, torch::kFloat32);
  auto targets = torch::eye(3);
  const std::vector<data::SampleKey> keys{{1, 1, 0}, {1, 1, 1}, {1, 1, 2}};

  mix_up(pixels, targets, 1.0, keys);

  const double own = targets[0][0].item<double>();
  EXPECT_GE(own, 0.5);
  EXPECT_NEAR(pixels[0][0].item<double>(), 20 * (1 - own), 1e-4);
  EXPECT_NEAR(targets[0][2].item<double>(), 1 - own, 1e-6);
  EXPECT_EQ(pixels[1][0].item<double>(), 10);
  EXPECT_NEAR(pixels[2][0].item<double>(), 20 * targets[2][2].item<double>(), 1e-4);
}

TEST(MixUp, DependsOnTheKeysAlone) {
  const std::vector<data::SampleKey> keys{{1, 1, 0}, {1, 1, 1}};
  auto first = torch::tensor({{0.0}, {1.0}}, torch::kFloat32);
  auto second = first.clone();
  auto first_targets = torch::eye(2);
  auto second_targets = torch::eye(2);

  mix_up(first, first_targets, 0.4, keys);
  mix_up(second, second_targets, 0.4, keys);

  EXPECT_TRUE(torch::equal(first, second));
}

}  // namespace athanor::networks::classification
