#include "athanor/networks/multitask_classification/loss.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace athanor::networks::multitask_classification {

namespace {

/// Two tasks of two and four classes, all equally likely.
std::vector<torch::Tensor> undecided(std::int64_t count) {
  return {torch::zeros({count, 2}), torch::zeros({count, 4})};
}

const std::vector<TaskWeight> one_and_three{{1.0, {}}, {3.0, {}}};

}  // namespace

TEST(JointLoss, IsTheWeightedSumOfTheTasksMeans) {
  const auto labels = torch::tensor({{0, 3}, {1, 2}});

  EXPECT_NEAR(joint_loss(undecided(2), labels, one_and_three).item<double>(),
              std::log(2.0) + 3 * std::log(4.0),
              1e-6);
}

TEST(JointLoss, LeavesMissingLabelsOut) {
  auto logits = undecided(2);
  logits[1][1][0] = 100;  // Would be very wrong, if the label were there.
  const auto labels = torch::tensor({{0, 3}, {1, -1}});

  EXPECT_NEAR(joint_loss(logits, labels, one_and_three).item<double>(),
              std::log(2.0) + 3 * std::log(4.0),
              1e-6);
}

TEST(JointLoss, WeighsEveryLabelByItsClass) {
  const std::vector<TaskWeight> of_classes{{1.0, torch::tensor({1.0F, 5.0F})}, {3.0, {}}};
  const auto labels = torch::tensor({{0, 3}, {1, 2}});
  const auto half_known = torch::tensor({{-1, 3}, {1, 2}});

  EXPECT_NEAR(joint_loss(undecided(2), labels, of_classes).item<double>(),
              (1 + 5) * std::log(2.0) / 2 + 3 * std::log(4.0),
              1e-6);
  EXPECT_NEAR(joint_loss(undecided(2), half_known, of_classes).item<double>(),
              5 * std::log(2.0) + 3 * std::log(4.0),
              1e-6);
}

TEST(JointLoss, IsZeroWithoutAnyLabel) {
  const auto labels = torch::full({2, 2}, -1, torch::kInt64);

  EXPECT_EQ(joint_loss(undecided(2), labels, one_and_three).item<double>(), 0);
}

TEST(MeanAccuracy, IsTheShareOfTheLabelsThatAreThere) {
  const std::vector<torch::Tensor> logits{torch::eye(2), torch::eye(2)};
  const auto labels = torch::tensor({{0, 1}, {1, -1}});

  EXPECT_NEAR(mean_accuracy(logits, labels), 2.0 / 3, 1e-9);
}

}  // namespace athanor::networks::multitask_classification
