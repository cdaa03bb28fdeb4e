// What every registered network must do, whatever it is for.
#include <fstream>

#include "sample_job.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/networks/registry.hpp"

namespace athanor::networks {

using networks::testing::common_paths;
using networks::testing::default_spec;
using networks::testing::failure_of;
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

  /// A finished job that follows another one.
  [[nodiscard]] std::unique_ptr<SampleJob> done(const char* action, const SampleJob& parent) const {
    auto job = std::make_unique<SampleJob>(GetParam(), action);
    job->set_parent(parent);
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

/// What `action` makes of the parent and of the file that was exported from it.
class Deployed {
 public:
  Deployed(const std::string& network, const SampleJob& trained, const std::string& action)
      : from_weights(network, action), from_file(network, action), exporting_(network, "export") {
    exporting_.set_parent(trained);
    (void)exporting_.run();
    from_weights.set_parent(trained);
    from_file.set_parent(exporting_);
  }

  SampleJob from_weights;
  SampleJob from_file;

 private:
  SampleJob exporting_;
};

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

TEST_P(NetworkConformance, ConvertsAnExportToAnEngineThatComputesTheSame) {
  const auto exported = done("export", *trained());
  SampleJob job(GetParam(), "convert");
  job.set_parent(*exported);

  const auto report = job.run();

  EXPECT_FALSE(job.artifact("model.engine").empty());
  EXPECT_EQ(report.stats.at("precision"), "fp32");
  EXPECT_EQ(report.kpi.size(), 1U);
  for (const auto* told : {"largest_difference", "latency_batch_1", "memory_batch_8"}) {
    EXPECT_TRUE(report.stats.contains(told)) << told;
  }
}

TEST_P(NetworkConformance, AnInt8EngineIsAsGoodAsItsBudgetSays) {
  const auto exported = done("export", *trained());
  SampleJob job(GetParam(), "convert");
  job.set_parent(*exported);
  set_path(job.request.spec, "data_type", "int8");
  set_path(job.request.spec, "athanor.accuracy_budget", 5.0);

  const auto report = job.run();

  const auto metric = report.kpi.begin();
  const auto before = std::stod(report.stats.at(metric.key() + "_of_onnx").get<std::string>());
  EXPECT_GE(metric->get<double>(), before - 0.05 - 1e-4);
  EXPECT_EQ(report.stats.at("precision"), "int8");
  EXPECT_FALSE(job.artifact("cal.bin").empty());
  EXPECT_FALSE(job.artifact("precision.json").empty());
}

TEST_P(NetworkConformance, EvaluatesAndInfersWithTheEngineOfAConversion) {
  const auto exported = done("export", *trained());
  const auto converted = done("convert", *exported);
  SampleJob by_export(GetParam(), "evaluate");
  by_export.set_parent(*exported);
  SampleJob by_engine(GetParam(), "evaluate");
  by_engine.set_parent(*converted);

  EXPECT_EQ(by_engine.run().kpi.at("accuracy"), by_export.run().kpi.at("accuracy"));
  EXPECT_THAT(by_engine.log, ::testing::Contains(::testing::HasSubstr("model.engine")));
  EXPECT_NO_THROW((void)done("inference", *converted));
}

TEST_P(NetworkConformance, ConvertsToInt8OnlyWithDataToCalibrateAndToMeasureOn) {
  const auto exported = done("export", *trained());
  for (const auto& [role, dataset] :
       {std::pair{"calibration_dataset", &contract::JobRequest::calibration_dataset},
        std::pair{"eval_dataset", &contract::JobRequest::eval_dataset}}) {
    SampleJob job(GetParam(), "convert");
    job.set_parent(*exported);
    set_path(job.request.spec, "data_type", "int8");
    job.request.*dataset = std::nullopt;

    EXPECT_THAT([&job] { (void)job.run(); },
                ::testing::ThrowsMessage<std::invalid_argument>(::testing::HasSubstr(role)));
  }
}

TEST_P(NetworkConformance, ConvertsExportsAlone) {
  const auto weights = trained();
  const auto exported = done("export", *weights);
  const auto refusal = [this](const SampleJob& parent) {
    SampleJob job(GetParam(), "convert");
    job.set_parent(parent);
    try {
      (void)job.run();
    } catch (const std::exception& error) {
      return std::string(error.what());
    }
    return std::string("converted");
  };

  EXPECT_THAT(refusal(*weights), ::testing::HasSubstr("convert follows an export"));
  std::ofstream(exported->artifacts() / "model.onnx") << "no model";
  EXPECT_THAT(refusal(*exported), ::testing::HasSubstr("model.onnx"));
  std::filesystem::remove(exported->artifacts() / "model.onnx");
  EXPECT_THAT(refusal(*exported), ::testing::HasSubstr("there is no model.onnx"));
}

TEST_P(NetworkConformance, RefusesADamagedEngineByItsName) {
  const auto converted = done("convert", *done("export", *trained()));
  std::ofstream(converted->artifacts() / "model.engine") << "no engine";
  SampleJob job(GetParam(), "evaluate");
  job.set_parent(*converted);

  EXPECT_THAT(
      [&job] { (void)job.run(); },
      ::testing::ThrowsMessage<std::invalid_argument>(::testing::HasSubstr("model.engine")));
}

TEST_P(NetworkConformance, InfersUnlabelledData) {
  const auto parent = trained();
  SampleJob job(GetParam(), "inference");
  job.set_parent(*parent);

  EXPECT_NO_THROW((void)job.run());
}

TEST_P(NetworkConformance, EvaluatesAnExportedFileAsTheModelItself) {
  const auto parent = trained();
  Deployed jobs(GetParam(), *parent, "evaluate");

  const auto expected = jobs.from_weights.run().kpi;
  const auto actual = jobs.from_file.run().kpi;

  ASSERT_EQ(actual.size(), expected.size());
  for (const auto& [name, value] : expected.items()) {
    EXPECT_NEAR(actual.at(name).get<double>(), value.get<double>(), 1e-4) << name;
  }
}

TEST_P(NetworkConformance, InfersFromAnExportedFile) {
  const auto parent = trained();
  Deployed jobs(GetParam(), *parent, "inference");

  const auto expected = jobs.from_weights.run();
  const auto actual = jobs.from_file.run();

  EXPECT_EQ(actual.stats, expected.stats);
}

TEST_P(NetworkConformance, NamesAParentWhoseExportIsGone) {
  const auto parent = trained();
  Deployed jobs(GetParam(), *parent, "evaluate");
  std::filesystem::remove(jobs.from_file.request.parent->artifacts / "model.onnx");

  EXPECT_THAT(failure_of(jobs.from_file), ::testing::HasSubstr("there is no model.onnx"));
}

TEST_P(NetworkConformance, SaysThatAnExportHasChosenItsCheckpoint) {
  const auto parent = trained();
  Deployed jobs(GetParam(), *parent, "evaluate");
  set_path(jobs.from_file.request.spec, "athanor.checkpoint", "best");

  (void)jobs.from_file.run();

  EXPECT_THAT(jobs.from_file.log,
              ::testing::Contains(::testing::HasSubstr("athanor.checkpoint has no effect")));
}

TEST_P(NetworkConformance, RefusesTheFileOfAnotherNetwork) {
  const auto parent = trained();
  Deployed jobs(GetParam(), *parent, "evaluate");
  for (const auto& other : network_names()) {
    if (other == GetParam()) {
      continue;
    }
    SampleJob job(other, "evaluate");
    job.request.parent = jobs.from_file.request.parent;

    EXPECT_THAT(failure_of(job), ::testing::HasSubstr("holds a model of " + GetParam()));
  }
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
  for (const auto* action : {"evaluate", "inference", "export", "convert"}) {
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
