#include "athanor/engine/checkpoint_timing.hpp"

#include <gtest/gtest.h>

namespace athanor::engine {

namespace {

constexpr double five_minutes = 300;

/// After half of an epoch of so many seconds.
EpochPace half_of(double epoch_seconds) {
  return {.batches_done = 50, .seconds = epoch_seconds / 2, .batches_left = 50};
}

}  // namespace

TEST(CheckpointTime, ComesOnceTheIntervalIsOver) {
  EXPECT_EQ(checkpoint_time(299, five_minutes, half_of(1000)), CheckpointTime::later);
  EXPECT_EQ(checkpoint_time(300, five_minutes, half_of(1000)), CheckpointTime::now);
}

TEST(CheckpointTime, IsTheEndOfAnEpochThatIsNearlyOver) {
  EXPECT_EQ(checkpoint_time(300, five_minutes, half_of(62)), CheckpointTime::now);
  EXPECT_EQ(checkpoint_time(300, five_minutes, half_of(58)), CheckpointTime::at_epoch_end);
  EXPECT_EQ(checkpoint_time(299, five_minutes, half_of(58)), CheckpointTime::later);
}

TEST(CheckpointTime, IsTheEndOfTheEpochAfterItsLastBatch) {
  const EpochPace last{.batches_done = 100, .seconds = 1e6, .batches_left = 0};

  EXPECT_EQ(checkpoint_time(1e6, 1e-9, last), CheckpointTime::at_epoch_end);
}

TEST(CheckpointTime, NeverComesWithoutAnInterval) {
  EXPECT_EQ(checkpoint_time(1e9, 0, half_of(1)), CheckpointTime::later);
}

}  // namespace athanor::engine
