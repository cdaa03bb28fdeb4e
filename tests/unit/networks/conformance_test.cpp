// What every registered network must do, whatever it is for.
#include "sample_job.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/contract/forecast.hpp"
#include "athanor/networks/registry.hpp"

namespace athanor::networks {

using networks::testing::common_paths;
using networks::testing::default_spec;
using networks::testing::newest_weights;
using networks::testing::SampleJob;

class NetworkConformance : public ::testing::TestWithParam<std::string> {
 protected:
  /// A finished training.
  [[nodiscard]] std::unique_ptr<SampleJob> trained() const {
    auto job = std::make_unique<SampleJob>(GetParam(), "train");
    (void)job->run();
    return job;
  }
};

namespace {

std::vector<std::string> network_names() {
  std::vector<std::string> names;
  for (const auto& network : all_networks()) {
    names.emplace_back(network->name());
  }
  return names;
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(All,
                         NetworkConformance,
                         ::testing::ValuesIn(network_names()),
                         [](const auto& network) { return network.param; });

TEST_P(NetworkConformance, LearnsItsTrainingData) {
  SampleJob job(GetParam(), "train");
  set_path(job.request.spec, common_paths(GetParam()).epochs, 8);

  (void)job.run();

  const auto lines = job.epoch_lines();
  EXPECT_LT(lines.back().graphical.at("loss").get<double>(),
            0.7 * lines.front().graphical.at("loss").get<double>());
}

TEST_P(NetworkConformance, ReportsEveryEpochOnceAndAKpi) {
  const auto job = trained();

  std::vector<std::int64_t> epochs;
  for (const auto& line : job->epoch_lines()) {
    epochs.push_back(*line.epoch);
    EXPECT_TRUE(line.graphical.contains("loss"));
  }
  EXPECT_THAT(epochs, ::testing::ElementsAre(1, 2, 3));
  EXPECT_FALSE(job->epoch_lines().back().kpi.empty());
}

TEST_P(NetworkConformance, SameSeedGivesTheSameBytesWithOtherLoaderThreads) {
  const auto first = trained();
  SampleJob second(GetParam(), "train");
  set_path(second.request.spec, common_paths(GetParam()).workers, 4);
  (void)second.run();

  EXPECT_EQ(newest_weights(*first), newest_weights(second));
}

TEST_P(NetworkConformance, AForecastLeavesTheTrainingAsItWouldBe) {
  const auto first = trained();
  SampleJob second(GetParam(), "train");
  second.request.preflight = false;
  (void)second.run();

  const auto forecast = contract::read_forecast(first->artifacts().parent_path());
  ASSERT_TRUE(forecast);
  EXPECT_EQ(forecast->at("based_on").at("samples"), 4);
  EXPECT_EQ(forecast->at("based_on").at("training_samples"), 24);
  EXPECT_EQ(forecast->at("based_on").at("validation_samples"), 24);
  EXPECT_GT(forecast->at("seconds_per_epoch").get<double>(), 0);
  EXPECT_FALSE(contract::read_forecast(second.artifacts().parent_path()));
  EXPECT_EQ(newest_weights(*first), newest_weights(second));
}

TEST_P(NetworkConformance, ARetrainingHasAForecastTooThatLeavesNoTrace) {
  const auto parent = trained();
  SampleJob first(GetParam(), "retrain");
  first.set_parent(*parent);
  SampleJob second(GetParam(), "retrain");
  second.set_parent(*parent);
  second.request.preflight = false;
  (void)first.run();
  (void)second.run();

  EXPECT_TRUE(contract::read_forecast(first.artifacts().parent_path()));
  EXPECT_EQ(newest_weights(first), newest_weights(second));
}

TEST_P(NetworkConformance, AnotherSeedGivesOtherWeights) {
  const auto first = trained();
  SampleJob second(GetParam(), "train");
  set_path(second.request.spec, common_paths(GetParam()).seed, 43);
  (void)second.run();

  EXPECT_NE(newest_weights(*first), newest_weights(second));
}

TEST_P(NetworkConformance, EvaluatesWhatItTrained) {
  const auto parent = trained();
  SampleJob job(GetParam(), "evaluate");
  job.set_parent(*parent);

  const auto report = job.run();

  ASSERT_FALSE(report.kpi.empty());
  EXPECT_TRUE(report.kpi.contains("accuracy"));
}

TEST_P(NetworkConformance, ExportsAFileThatComputesTheSame) {
  const auto parent = trained();
  SampleJob job(GetParam(), "export");
  job.set_parent(*parent);

  const auto report = job.run();

  EXPECT_FALSE(job.artifact("model.onnx").empty());
  EXPECT_TRUE(report.stats.contains("largest_difference"));
}

TEST_P(NetworkConformance, InfersUnlabelledData) {
  const auto parent = trained();
  SampleJob job(GetParam(), "inference");
  job.set_parent(*parent);

  EXPECT_NO_THROW((void)job.run());
}

TEST_P(NetworkConformance, TheDefaultSpecMakesATraining) {
  SampleJob job(GetParam(), "train");
  job.request.spec = default_spec(GetParam(), "train");
  std::filesystem::create_directories(job.artifacts());
  engine::StatusWriter status(job.artifacts() / "status.json");
  const engine::Job engine_job{job.request, job.artifacts(), status, {}, [](std::string_view) {}};

  const auto training = find_network(GetParam())->prepare_training(engine_job);

  EXPECT_GT(training.task->batches_per_epoch(), 0U);
}

TEST_P(NetworkConformance, WantsAParentForWhatFollowsATraining) {
  for (const auto* action : {"evaluate", "inference", "export"}) {
    SampleJob job(GetParam(), action);

    EXPECT_THROW((void)job.run(), std::invalid_argument) << action;
  }
}

TEST_P(NetworkConformance, RefusesAnActionItLacks) {
  SampleJob job(GetParam(), "train");
  job.request.action = "brew";

  EXPECT_THROW((void)job.run(), std::invalid_argument);
}

}  // namespace athanor::networks
