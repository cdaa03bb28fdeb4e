#include "athanor/networks/multitask_classification/evaluation.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace athanor::networks::multitask_classification {

TEST(FileNameOf, IsTheTasksOwnWhereThatIsHarmless) {
  EXPECT_EQ(file_name_of({"base-colour_2", {}}, 0), "base-colour_2");
}

TEST(FileNameOf, LeadsNoTaskOutOfItsFolderOrIntoThatOfAnother) {
  EXPECT_EQ(file_name_of({"../colour", {}}, 1), "task.1");
  EXPECT_NE(file_name_of({"two words", {}}, 0), file_name_of({"task_0", {}}, 1));
}

TEST(KpiName, IsTheTasksOwnWhereNoFigureIsCalledSo) {
  EXPECT_EQ(kpi_name({"colour", {}}), "colour");
  EXPECT_EQ(kpi_name({"colour accuracy", {}}), "colour accuracy");
  EXPECT_EQ(kpi_name({"loss", {}}), "loss accuracy");
}

TEST(KpiName, IsUnlikeThatOfAnyOtherTaskAndFigure) {
  std::set<std::string> names{"loss", "accuracy", "mean accuracy"};
  for (const auto* task : {"loss",
                           "loss accuracy",
                           "loss accuracy accuracy",
                           "accuracy",
                           "accuracy accuracy",
                           "mean",
                           "mean accuracy",
                           "mean accuracy accuracy"}) {
    EXPECT_TRUE(names.insert(kpi_name({task, {}})).second) << task;
  }
}

}  // namespace athanor::networks::multitask_classification
