// What every registered network must do, whatever it is for.
#include <algorithm>
#include <fstream>
#include <set>
#include <string>

#include "sample_job.hpp"
#include "support/zoo.hpp"
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/catalog/networks.hpp"
#include "athanor/contract/forecast.hpp"
#include "athanor/engine/data_digest.hpp"
#include "athanor/networks/registry.hpp"
#include "athanor/preflight/check_job.hpp"
#include "athanor/pretrained/backbone_name.hpp"
#include "athanor/spec/parameter.hpp"
#include "athanor/spec/schema.hpp"
#include "athanor/spec/validation.hpp"
#include "athanor/tensor/safetensors.hpp"

namespace athanor::networks {

using networks::testing::common_paths;
using networks::testing::default_spec;
using networks::testing::done;
using networks::testing::failure_of;
using networks::testing::newest_weights;
using networks::testing::SampleJob;

/// A job that keeps what it told.
class PruningJob : public SampleJob {
 public:
  PruningJob(std::string_view network, const SampleJob& parent) : SampleJob(network, "prune") {
    set_parent(parent);
  }

  engine::Report report;
};

class NetworkConformance : public ::testing::TestWithParam<std::string> {
 protected:
  /// A finished training.
  [[nodiscard]] std::unique_ptr<SampleJob> trained() const {
    auto job = std::make_unique<SampleJob>(GetParam(), "train");
    (void)job->run();
    return job;
  }

  /// The model of a finished training, pruned.
  [[nodiscard]] std::unique_ptr<PruningJob> pruned(const SampleJob& parent,
                                                   double threshold = 0.9) const {
    auto job = std::make_unique<PruningJob>(GetParam(), parent);
    set_path(job->request.spec, "pruning_threshold", threshold);
    job->report = job->run();
    return job;
  }
};

namespace {

/// In the parameters of a checkpoint.
std::int64_t numbers_in(const engine::Checkpoint& checkpoint) {
  const auto file = tensor::read_safetensors(checkpoint.weights, checkpoint.key).value();
  std::int64_t numbers = 0;
  for (const auto& [name, value] : file.tensors) {
    const bool follows =
        name.find("running_") != std::string::npos || name.find("num_batches") != std::string::npos;
    numbers += follows ? 0 : value.numel();
  }
  return numbers;
}

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

/// What asks for hardware or services that are none of ours.
bool is_foreign(const std::string& path) {
  const auto name = path.substr(path.rfind('.') + 1);
  return name == "gpus" || name == "use_amp" || name == "model_parallelism" ||
         path.find("visualizer") != std::string::npos;
}

bool has_rows_below(const spec::Table& table, const std::string& path) {
  return std::ranges::any_of(table.parameters, [&](const spec::Parameter& row) {
    return row.path.starts_with(path + ".");
  });
}

TEST_P(NetworkConformance, IgnoresNoParameterWithoutReason) {
  for (const auto action : find_network(GetParam())->actions()) {
    const auto* table = spec::find_table(GetParam(), action);
    ASSERT_NE(table, nullptr) << action;
    for (const auto& row : table->parameters) {
      const std::string path(row.path);
      const bool is_group = row.type == spec::Type::object || has_rows_below(*table, path);
      const bool is_ignored = !row.effective && !row.hidden && !row.constant && !is_group;
      EXPECT_TRUE(!is_ignored || is_foreign(path)) << action << " " << path;
    }
  }
}

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

TEST_P(NetworkConformance, GoesOnAfterStopsWithTheSameBytes) {
  const auto undisturbed = trained();
  SampleJob job(GetParam(), "train");

  // A batch each time; the last two stop before and in the validation.
  for (int stop = 0; stop < 4; ++stop) {
    job.run_until_stopped();
  }
  (void)job.run();

  EXPECT_EQ(newest_weights(*undisturbed), newest_weights(job));
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

TEST_P(NetworkConformance, AnExportKnowsTheDataThatItsModelWasTrainedOn) {
  const auto parent = trained();
  const auto middle = pruned(*parent);
  const auto digest = engine::data_digest(parent->request.train_datasets);
  const SampleJob* const models[] = {parent.get(), middle.get()};

  for (const auto* model : models) {
    const auto exported = done("export", *model);
    EXPECT_NE(exported->artifact("model.onnx").find(digest), std::string::npos)
        << "behind a " << model->request.action;
  }
}

TEST_P(NetworkConformance, ExportsATableForInt8WhereThereAreDataToCalibrateOn) {
  const auto parent = trained();
  SampleJob with_data(GetParam(), "export");
  SampleJob without_data(GetParam(), "export");
  without_data.request.calibration_dataset = std::nullopt;
  for (auto* job : {&with_data, &without_data}) {
    job->set_parent(*parent);
    set_path(job->request.spec, "data_type", "int8");
    (void)job->run();
  }

  EXPECT_THAT(with_data.artifact("cal.bin"),
              ::testing::AllOf(::testing::StartsWith("TRT-8503-EntropyCalibration2\n"),
                               ::testing::HasSubstr("\ninput_1: ")));
  EXPECT_THAT(with_data.artifact("nvinfer_config.txt"),
              ::testing::HasSubstr("int8-calib-file=cal.bin"));
  EXPECT_FALSE(std::filesystem::exists(without_data.artifacts() / "cal.bin"));
  EXPECT_THAT(without_data.log, ::testing::Contains(::testing::HasSubstr("no cal.bin is written")));
}

TEST_P(NetworkConformance, RefusesToExportInBatchesThatAreNone) {
  for (const auto& [path, value] : {std::pair{"static_batch_size", 0},
                                    std::pair{"static_batch_size", -5},
                                    std::pair{"max_batch_size", 0},
                                    std::pair{"opt_batch_size", -1},
                                    std::pair{"batches", 0},
                                    std::pair{"batch_size", 0}}) {
    SampleJob job(GetParam(), "export");
    job.request.preflight = false;
    set_path(job.request.spec, path, value);

    EXPECT_THAT(failure_of(job), ::testing::HasSubstr(fmt::format("{}: {} is", path, value)));
    EXPECT_TRUE(std::filesystem::is_empty(job.artifacts()));
  }
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
  (void)done("inference", *converted);
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

// It does not tell what its model was trained with.
TEST_P(NetworkConformance, NamesWhatTheSpecSaysInVainBehindAnExport) {
  const auto exported = done("export", *trained());
  const auto converted = done("convert", *exported);
  for (const auto* parent : {exported.get(), converted.get()}) {
    for (const auto* action : {"evaluate", "inference"}) {
      SampleJob job(GetParam(), action);
      job.set_parent(*parent);
      set_path(job.request.spec, "model_config.n_layers", 34);

      (void)job.run();

      EXPECT_THAT(
          job.log,
          ::testing::Contains(::testing::AllOf(::testing::HasSubstr("have no effect"),
                                               ::testing::HasSubstr("model_config.n_layers 34"))))
          << action << " after " << parent->request.action;
    }
  }
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

TEST_P(NetworkConformance, RunsWhatTheCatalogueSays) {
  using Names = std::set<std::string_view>;
  const auto offered = find_network(GetParam())->actions();
  const auto listed = catalog::find_network(GetParam())->runnable;

  EXPECT_EQ(Names(offered.begin(), offered.end()), Names(listed.begin(), listed.end()));
}

TEST_P(NetworkConformance, PrunesAsItReports) {
  const auto parent = trained();
  const auto job = pruned(*parent);
  const auto before = engine::newest_checkpoint(parent->artifacts(), {}).value();
  const auto after = engine::newest_checkpoint(job->artifacts(), {}).value();

  const auto kept = numbers_in(after);
  const auto whole = numbers_in(before);
  EXPECT_EQ(job->report.kpi.at("param_count"), kept);
  EXPECT_LT(kept, whole);
  EXPECT_DOUBLE_EQ(job->report.kpi.at("pruning_ratio").get<double>(),
                   static_cast<double>(kept) / static_cast<double>(whole));
  EXPECT_EQ(job->report.kpi.at("size"), std::filesystem::file_size(after.weights));
  EXPECT_LT(std::filesystem::file_size(after.weights), std::filesystem::file_size(before.weights));
  EXPECT_LT(std::stoll(job->report.stats.at("flops").get<std::string>()),
            std::stoll(job->report.stats.at("flops_before").get<std::string>()));
  EXPECT_THAT(job->artifact("pruning.csv"), ::testing::StartsWith("layer,filters,kept"));
}

TEST_P(NetworkConformance, UsesWhatItPruned) {
  const auto parent = trained();
  const auto middle = pruned(*parent);
  for (const auto* action : {"evaluate", "inference", "export"}) {
    SampleJob job(GetParam(), action);
    job.set_parent(*middle);

    EXPECT_NO_THROW((void)job.run()) << action;
  }
}

TEST_P(NetworkConformance, RetrainsWhatItPruned) {
  const auto parent = trained();
  const auto middle = pruned(*parent);
  SampleJob retraining(GetParam(), "retrain");
  retraining.set_parent(*middle);
  set_path(retraining.request.spec, common_paths(GetParam()).epochs, 1);

  (void)retraining.run();
  // The same job again, as after a sudden end: it goes on from its own checkpoint.
  set_path(retraining.request.spec, common_paths(GetParam()).epochs, 2);
  (void)retraining.run();

  const auto start = engine::newest_checkpoint(middle->artifacts(), {}).value();
  const auto end = engine::newest_checkpoint(retraining.artifacts(), {}).value();
  EXPECT_EQ(end.epoch, 2);
  EXPECT_EQ(end.model.at("topology"), start.model.at("topology"));
  EXPECT_EQ(numbers_in(end), numbers_in(start));
  SampleJob evaluation(GetParam(), "evaluate");
  evaluation.set_parent(retraining);
  EXPECT_NO_THROW((void)evaluation.run());
}

TEST_P(NetworkConformance, PrunesWhatItRetrained) {
  const auto parent = trained();
  const auto first = pruned(*parent);
  SampleJob retraining(GetParam(), "retrain");
  retraining.set_parent(*first);
  (void)retraining.run();

  const auto second = pruned(retraining, 0.99);

  EXPECT_LT(second->report.kpi.at("param_count"), first->report.kpi.at("param_count"));
  SampleJob evaluation(GetParam(), "evaluate");
  evaluation.set_parent(*second);
  EXPECT_NO_THROW((void)evaluation.run());
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

TEST_P(NetworkConformance, TheDefaultSpecForPretrainedWeightsIsSound) {
  const auto& table = *spec::find_table(GetParam(), "train");
  for (const auto& options : athanor::testing::small_zoo()) {
    const auto name = full_name(options);
    spec::SchemaContext context{.pretrained = true};
    context.pretrained_properties =
        pretrained::properties_of(pretrained::options_of_backbone(name).value());
    const auto defaults = spec::defaults(table, context);

    const auto valid = spec::validate(table, defaults);
    EXPECT_TRUE(valid) << name << ": " << valid.error().message;
    const auto sound = preflight::check_spec(GetParam(), "train", spec::SpecView(defaults));
    EXPECT_TRUE(sound) << name << ": " << sound.error().message;
  }
}

TEST_P(NetworkConformance, WantsAParentForWhatFollowsATraining) {
  for (const auto* action : {"evaluate", "inference", "prune", "export", "convert"}) {
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
