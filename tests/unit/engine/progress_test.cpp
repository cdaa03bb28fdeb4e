#include "athanor/engine/progress.hpp"

#include "sample_training.hpp"
#include <gtest/gtest.h>

namespace athanor::engine {

TEST(Progress, SaysWhenAllIsDone) {
  testing::SampleJob sample;
  Progress progress(sample.job, "Evaluation", 3);

  progress.advance(2);
  progress.advance(1);

  ASSERT_EQ(sample.log.size(), 1U);
  EXPECT_TRUE(sample.log.front().starts_with("Evaluation: 3 of 3 pictures"));
}

TEST(Progress, StopsWhenAsked) {
  testing::SampleJob sample;
  Progress progress(sample.job, "Evaluation", 3);
  sample.stop.request_stop();

  EXPECT_THROW(progress.advance(1), Stopped);
}

}  // namespace athanor::engine
