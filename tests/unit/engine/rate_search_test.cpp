#include "athanor/engine/rate_search.hpp"

#include "sample_training.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/tensor/state_dict.hpp"

namespace athanor::engine {

namespace {

using engine::testing::LineTask;

RateCurve curve_of(LineTask& task) {
  return search_learning_rate(task, {.optimizer = {.kind = Sgd{.momentum = 0.9}}, .highest = 100});
}

}  // namespace

TEST(RateSearch, GivesTheModuleBackAsItWas) {
  LineTask task;
  const auto before = tensor::state_dict(task.module());
  std::vector<torch::Tensor> held;
  for (const auto& [name, value] : before) {
    held.push_back(value.detach().clone());
  }

  (void)curve_of(task);

  for (std::size_t i = 0; i < held.size(); ++i) {
    EXPECT_TRUE(torch::equal(held[i], before[i].value)) << before[i].name;
  }
}

TEST(RateSearch, SuggestsARateBelowTheExplosion) {
  LineTask task;

  const auto curve = curve_of(task);

  ASSERT_GT(curve.points.size(), 10U);
  EXPECT_GT(curve.suggestion, curve.points.front().learning_rate);
  EXPECT_LT(curve.suggestion, curve.points.back().learning_rate / 5);
}

TEST(RateSearch, IsTheSameEveryTime) {
  LineTask task;

  EXPECT_EQ(to_csv(curve_of(task)), to_csv(curve_of(task)));
}

TEST(RateSearch, IsATableOfItsSteps) {
  EXPECT_EQ(to_csv({{{0.5, 2, 1.5}}, 0.05}), "learning_rate,loss,smoothed_loss\n0.5,2,1.5\n");
}

}  // namespace athanor::engine
