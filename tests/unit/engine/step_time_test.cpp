#include "athanor/engine/step_time.hpp"

#include <gtest/gtest.h>

namespace athanor::engine {

TEST(FitStepTime, IsTheLineThroughBothSteps) {
  const auto time = fit_step_time(2, 5, 4, 8);

  EXPECT_DOUBLE_EQ(time.fixed, 2);
  EXPECT_DOUBLE_EQ(time.per_sample, 1.5);
  EXPECT_DOUBLE_EQ(time.of(10, 2), 19);
}

TEST(FitStepTime, DoesNotBelieveThatSamplesCostNothing) {
  EXPECT_DOUBLE_EQ(fit_step_time(2, 9, 4, 8).per_sample, 1);
}

TEST(FitStepTime, CountsAllAsTheSamplesOwnWhereFewCostLess) {
  const auto time = fit_step_time(2, 1, 4, 8);

  EXPECT_DOUBLE_EQ(time.fixed, 0);
  EXPECT_DOUBLE_EQ(time.per_sample, 2);
}

TEST(FitStepTime, TakesOneSizeWhereThereIsNoOther) {
  EXPECT_DOUBLE_EQ(fit_step_time(1, 3, 1, 3).per_sample, 3);
}

TEST(EpochSeconds, AddUpWhereNobodyReadsAhead) {
  const EpochLoad load{.extent = {.samples = 10, .batch_size = 4},
                       .train = {.fixed = 1, .per_sample = 2},
                       .validate = {},
                       .read_seconds = 0.5};

  EXPECT_DOUBLE_EQ(epoch_seconds(load), 3 * 1 + 10 * 2 + 10 * 0.5);
}

TEST(EpochSeconds, AreThoseOfTheSlowerOfReadingAndComputing) {
  EpochLoad load{.extent = {.samples = 10, .batch_size = 10},
                 .train = {.fixed = 0, .per_sample = 1},
                 .validate = {},
                 .read_seconds = 0.5,
                 .workers = 2,
                 .threads = 1,
                 .cores = 4};
  EXPECT_DOUBLE_EQ(epoch_seconds(load), 10);

  load.read_seconds = 3;
  EXPECT_DOUBLE_EQ(epoch_seconds(load), 15);
}

TEST(EpochSeconds, GrowWhereReadersAndComputingShareTheirCores) {
  const EpochLoad load{.extent = {.samples = 10, .batch_size = 10},
                       .train = {.fixed = 0, .per_sample = 1},
                       .validate = {},
                       .read_seconds = 0.5,
                       .workers = 2,
                       .threads = 2,
                       .cores = 2};

  EXPECT_DOUBLE_EQ(epoch_seconds(load), (10 * 2 + 5) / 2.0);
}

TEST(EpochSeconds, ContainTheValidation) {
  const EpochLoad load{.extent = {.samples = 0,
                                  .validation_samples = 6,
                                  .validation_batch_size = 3,
                                  .validation_workers = 0},
                       .train = {},
                       .validate = {.fixed = 1, .per_sample = 1},
                       .read_seconds = 1};

  EXPECT_DOUBLE_EQ(epoch_seconds(load), 2 + 6 + 6);
}

}  // namespace athanor::engine
