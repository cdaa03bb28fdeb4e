#include "athanor/engine/schedule.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace athanor::engine {

TEST(StepRate, DecaysSmoothlyByGammaForEachStepOfPercent) {
  const StepRate step{.learning_rate = 0.06, .step_size = 10, .gamma = 0.1};

  EXPECT_DOUBLE_EQ(learning_rate_at(step, 0, 200), 0.06);
  EXPECT_NEAR(learning_rate_at(step, 20, 200), 0.006, 1e-12);
  EXPECT_NEAR(learning_rate_at(step, 10, 200), 0.06 * std::sqrt(0.1), 1e-12);
  EXPECT_NEAR(learning_rate_at(step, 100, 200), 6e-7, 1e-15);
}

TEST(SoftAnnealRate, RisesThenDividesAtEachPoint) {
  const SoftAnnealRate anneal{.learning_rate = 0.1,
                              .soft_start = 0.2,
                              .annealing_divider = 10,
                              .annealing_points = {0.5, 0.8}};

  EXPECT_DOUBLE_EQ(learning_rate_at(anneal, 0, 100), 3e-4);
  EXPECT_NEAR(learning_rate_at(anneal, 10, 100), (3e-4 + 0.1) / 2, 1e-12);
  EXPECT_DOUBLE_EQ(learning_rate_at(anneal, 20, 100), 0.1);
  EXPECT_DOUBLE_EQ(learning_rate_at(anneal, 50, 100), 0.1);
  EXPECT_DOUBLE_EQ(learning_rate_at(anneal, 51, 100), 0.01);
  EXPECT_DOUBLE_EQ(learning_rate_at(anneal, 99, 100), 0.001);
}

TEST(CosineRate, RisesThenFallsAlongHalfACosine) {
  const CosineRate cosine{.learning_rate = 0.1, .min_lr_ratio = 0.1, .soft_start = 0.2};

  EXPECT_NEAR(learning_rate_at(cosine, 0, 100), 0.01, 1e-12);
  EXPECT_NEAR(learning_rate_at(cosine, 10, 100), 0.055, 1e-12);
  EXPECT_NEAR(learning_rate_at(cosine, 20, 100), 0.1, 1e-12);
  EXPECT_NEAR(learning_rate_at(cosine, 70, 100), 0.055, 1e-12);
  EXPECT_NEAR(learning_rate_at(CosineRate{.learning_rate = 0.1}, 100, 100), 0.0, 1e-12);
}

TEST(SoftStartAnnealingRate, MovesBetweenItsBoundsInLogSpace) {
  const SoftStartAnnealingRate soft{
      .min_learning_rate = 1e-6, .max_learning_rate = 1e-2, .soft_start = 0.1, .annealing = 0.6};

  EXPECT_NEAR(learning_rate_at(soft, 0, 100), 1e-6, 1e-15);
  EXPECT_NEAR(learning_rate_at(soft, 5, 100), 1e-4, 1e-12);
  EXPECT_NEAR(learning_rate_at(soft, 30, 100), 1e-2, 1e-12);
  EXPECT_NEAR(learning_rate_at(soft, 80, 100), 1e-4, 1e-12);
  EXPECT_NEAR(learning_rate_at(soft, 100, 100), 1e-6, 1e-15);
}

TEST(PeakOf, IsTheHighestRate) {
  EXPECT_EQ(peak_of(StepRate{.learning_rate = 0.3}), 0.3);
  EXPECT_EQ(peak_of(SoftStartAnnealingRate{.max_learning_rate = 0.4}), 0.4);
}

TEST(SetPeak, MovesTheHighestRate) {
  Schedule step = StepRate{.learning_rate = 0.1, .step_size = 50, .gamma = 0.5};
  Schedule anneal = SoftAnnealRate{
      .learning_rate = 0.1, .soft_start = 0.2, .annealing_divider = 4, .annealing_points = {0.5}};
  Schedule cosine = CosineRate{.learning_rate = 0.1, .min_lr_ratio = 0.5};
  Schedule soft = SoftStartAnnealingRate{};

  for (auto* schedule : {&step, &anneal, &cosine, &soft}) {
    set_peak(*schedule, 0.2);
  }

  EXPECT_DOUBLE_EQ(learning_rate_at(step, 0, 10), 0.2);
  EXPECT_DOUBLE_EQ(learning_rate_at(step, 5, 10), 0.1);
  EXPECT_DOUBLE_EQ(learning_rate_at(anneal, 3, 10), 0.2);
  EXPECT_DOUBLE_EQ(learning_rate_at(anneal, 6, 10), 0.05);
  EXPECT_DOUBLE_EQ(learning_rate_at(cosine, 0, 10), 0.2);
  EXPECT_NEAR(learning_rate_at(soft, 5, 10), 0.2, 1e-12);
}

TEST(SetPeak, KeepsTheLowestRateBelowIt) {
  Schedule soft = SoftStartAnnealingRate{.min_learning_rate = 1e-3};

  set_peak(soft, 1e-4);

  EXPECT_NEAR(learning_rate_at(soft, 0, 10), 1e-4, 1e-12);
}

}  // namespace athanor::engine
