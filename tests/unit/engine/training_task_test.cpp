#include "athanor/engine/training_task.hpp"

#include <gtest/gtest.h>

namespace athanor::engine {

TEST(MonitorOf, WantsLossesLowAndTheOthersHigh) {
  EXPECT_FALSE(monitor_of("validation_loss", true).higher_is_better);
  EXPECT_FALSE(monitor_of("loss", true).higher_is_better);
  EXPECT_TRUE(monitor_of("validation_accuracy", true).higher_is_better);
}

TEST(MonitorOf, TakesTheTrainingsFigureWhereNothingIsValidated) {
  EXPECT_EQ(monitor_of("validation_loss", false).figure, "loss");
  EXPECT_EQ(monitor_of("validation_accuracy", false).figure, "training_accuracy");
  EXPECT_EQ(monitor_of("validation_accuracy", true).figure, "validation_accuracy");
  EXPECT_EQ(monitor_of("loss", false).figure, "loss");
}

}  // namespace athanor::engine
