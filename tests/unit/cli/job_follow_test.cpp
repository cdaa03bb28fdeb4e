#include "athanor/cli/job_follow.hpp"

#include <gtest/gtest.h>

namespace athanor::cli {
namespace {

Json running_job() {
  return {{"action", "train"},
          {"status", "Running"},
          {"result",
           {{"epoch", 2},
            {"cur_epoch", 2.5},
            {"max_epoch", 5},
            {"eta", "0:00:25.118000"},
            {"graphical", {{{"metric", "loss"}, {"values", {0.9, 0.5}}}}}}}};
}

Json ended_job(const char* status, const char* message) {
  return {{"action", "evaluate"},
          {"status", status},
          {"result",
           {{"detailed_status", {{"message", message}}},
            {"kpi", {{{"metric", "accuracy"}, {"value", 0.875}}}}}}};
}

TEST(JobFollow, ProgressCountsFractionsOfEpochs) {
  const auto state = progress_of(running_job());

  ASSERT_TRUE(state.fraction);
  EXPECT_DOUBLE_EQ(*state.fraction, 0.5);
}

TEST(JobFollow, DetailsShowEpochLastLossAndTimeLeft) {
  EXPECT_EQ(progress_of(running_job()).details, "epoch 2/5  loss 0.5000  0:00:25 left");
}

TEST(JobFollow, NullMetricsAreLeftOut) {
  auto job = running_job();
  job["result"]["graphical"][0]["values"] = {0.9, nullptr};
  job["result"]["eta"] = nullptr;

  EXPECT_EQ(progress_of(job).details, "epoch 2/5");
}

TEST(JobFollow, PendingJobSaysWhatItWaitsFor) {
  const Json job = {{"action", "evaluate"},
                    {"status", "Pending"},
                    {"result", {{"detailed_status", {{"message", "waits for train"}}}}}};

  const auto state = progress_of(job);

  EXPECT_FALSE(state.fraction);
  EXPECT_EQ(state.details, "waits for train");
}

TEST(JobFollow, EmptyResultShowsTheStatus) {
  const Json job = {{"action", "train"}, {"status", "Pending"}, {"result", Json::object()}};

  EXPECT_EQ(progress_of(job).details, "Pending");
}

TEST(JobFollow, SummaryOfAGoodJobListsItsFigures) {
  EXPECT_EQ(summary_of(ended_job("Done", "")), "evaluate  Done  accuracy 0.8750");
}

TEST(JobFollow, SummaryOfAFailedJobIsItsMessage) {
  const auto job = ended_job("Error", "worker was killed by signal 9");

  EXPECT_EQ(summary_of(job), "evaluate  Error: worker was killed by signal 9");
  EXPECT_EQ(exit_code_of_job(job), ExitCode::job_failed);
}

TEST(JobFollow, KpiIsFoundByItsName) {
  const auto job = ended_job("Done", "");

  EXPECT_EQ(kpi_of(job, "accuracy"), 0.875);
  EXPECT_TRUE(kpi_of(job, "recall").is_null());
}

}  // namespace
}  // namespace athanor::cli
