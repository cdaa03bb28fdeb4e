#include "athanor/networks/multitask_classification/evaluation.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "../sample_job.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::networks::multitask_classification {

TEST(EvaluatePictures, ReadsAsManyAtOnceAsItIsTold) {
  const athanor::testing::TempDir dir;
  const auto labelled = list_training_pictures(
      {networks::testing::make_dataset(dir.path(), "multitask_classification")});
  const Predictor undecided{
      {.height = 16, .width = 16}, labelled.tasks, [](const torch::Tensor& pixels) {
        return std::vector<torch::Tensor>(2, torch::zeros({pixels.size(0), 2}));
      }};
  std::vector<std::int64_t> batches;

  const auto tallies =
      evaluate_pictures(undecided, labelled, {.batch_size = 5}, [&](std::int64_t count) {
        batches.push_back(count);
      });

  EXPECT_THAT(batches, ::testing::ElementsAre(5, 5, 5, 5, 4));
  EXPECT_EQ(tallies.size(), 2U);
}

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
