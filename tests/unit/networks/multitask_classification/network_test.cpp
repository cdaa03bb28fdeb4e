#include "athanor/networks/multitask_classification/network.hpp"

#include <algorithm>
#include <fstream>
#include <regex>
#include <tuple>

#include "../sample_job.hpp"
#include "support/zoo.hpp"
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/compile/tensorrt_table.hpp"
#include "athanor/data/label_table.hpp"
#include "athanor/engine/trained_ranges.hpp"
#include "athanor/engine/tuning.hpp"

namespace athanor::networks::multitask_classification {

namespace {

using networks::testing::add_pictures_of_every_kind;
using networks::testing::converted;
using networks::testing::done;
using networks::testing::failure_of;
using networks::testing::first_loss_of;
using networks::testing::newest_weights;
using networks::testing::SampleJob;
using networks::testing::trained_with;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* network = "multitask_classification";

const SampleJob& trained_on_two_tasks() {
  static const auto job = [] {
    auto made = std::make_unique<SampleJob>(network, "train");
    set_path(made->request.spec, "training_config.num_epochs", 8);
    (void)made->run();
    return made;
  }();
  return *job;
}

void write_table(const SampleJob& job, const std::string& name, const std::string& rows) {
  std::ofstream(job.request.train_datasets[0].root / name) << rows;
}

/// What reads pictures.
class MultitaskReading : public ::testing::TestWithParam<const char*> {
 protected:
  MultitaskReading() {
    job_.set_parent(trained_on_two_tasks());  // Of which a training takes no notice.
  }

  /// Of pictures that every action reads.
  [[nodiscard]] std::filesystem::path folder() const {
    return job_.request.train_datasets[0].root / "images_train";
  }

  SampleJob job_{network, GetParam()};
};

class MultitaskBackbone : public ::testing::TestWithParam<backbones::BackboneOptions> {};

}  // namespace

TEST(MultitaskClassification, TrainingReportsEveryTask) {
  const auto& job = trained_on_two_tasks();

  const auto kpi = job.epoch_lines().back().kpi;
  for (const auto* name : {"shade", "tint", "mean accuracy", "validation_accuracy"}) {
    EXPECT_TRUE(kpi.contains(name)) << name;
  }
  EXPECT_GT(kpi.at("mean accuracy").get<double>(), 0.9);
  EXPECT_THAT(job.log, Contains(StartsWith("1 labels are missing")));
  EXPECT_EQ(Json::parse(job.artifact("class_mapping.json")),
            Json::parse(R"({"tasks": ["shade", "tint"], "class_mapping": {
                "shade": {"0": "bright", "1": "dark"}, "tint": {"0": "blue", "1": "red"}}})"));
}

TEST(MultitaskClassification, NamesItsWeightsAsTheOriginal) {
  EXPECT_TRUE(std::filesystem::exists(trained_on_two_tasks().artifacts() /
                                      "weights/multitask_cls_resnet10_epoch_008.safetensors"));
}

TEST(MultitaskClassification, EvaluateMeasuresWhatTrainingLastSaw) {
  SampleJob job(network, "evaluate");
  job.set_parent(trained_on_two_tasks());

  const auto report = job.run();

  const auto trained = trained_on_two_tasks().epoch_lines().back().kpi;
  for (const auto* name : {"shade", "tint", "mean accuracy"}) {
    EXPECT_EQ(report.kpi.at(name), trained.at(name)) << name;
  }
  EXPECT_EQ(report.categorical.at("tint recall").size(), 2U);
  EXPECT_EQ(report.categorical.at("shade confusion_matrix dark").size(), 2U);
  EXPECT_THAT(job.artifact("tint/per_class.csv"), HasSubstr("blue"));
  EXPECT_TRUE(std::filesystem::exists(job.artifacts() / "shade/confusion_matrix.png"));
  EXPECT_EQ(Json::parse(job.artifact("results.json"))["tasks"]["tint"]["pictures"], 23);
}

TEST(MultitaskClassification, EvaluatesADatasetOfFormatDefault) {
  SampleJob job(network, "evaluate");
  job.set_parent(trained_on_two_tasks());
  job.request.eval_dataset->format = "default";

  EXPECT_EQ(failure_of(job), "");
}

TEST(MultitaskClassification, ConfmatHasARowForEachPrediction) {
  SampleJob job(network, "confmat");
  job.set_parent(trained_on_two_tasks());
  // Every truth is dark, so that all counts stand in one column.
  std::string rows = "fname,shade,tint\n";
  for (int i = 0; i < 6; ++i) {
    rows += std::to_string(i) + ".png,dark,\n";
  }
  write_table(job, "val.csv", rows);

  const auto report = job.run();

  const auto shade = Json::parse(job.artifact("confmat.json")).at("shade");
  EXPECT_EQ(shade.at("classes"), (Json{"bright", "dark"}));
  EXPECT_EQ(shade.at("matrix")[0][0], 0);
  EXPECT_EQ(shade.at("matrix")[1][0], 0);
  EXPECT_EQ(shade.at("matrix")[0][1].get<int>() + shade.at("matrix")[1][1].get<int>(), 6);
  EXPECT_EQ(report.kpi.at("shade"), shade.at("accuracy"));
}

TEST(MultitaskClassification, InferenceWritesAColumnForEachTask) {
  SampleJob job(network, "inference");
  job.set_parent(trained_on_two_tasks());

  (void)job.run();

  const auto rows = job.artifact("result.csv");
  EXPECT_THAT(rows, StartsWith("path,shade,shade confidence,tint,tint confidence\n"));
  EXPECT_EQ(std::count(rows.begin(), rows.end(), '\n'), 25);
  EXPECT_TRUE(std::filesystem::exists(job.artifacts() / "images_annotated/11.png"));
}

TEST(MultitaskClassification, InferenceAnswersEveryTaskBelowItsName) {
  SampleJob job(network, "inference");
  job.set_parent(trained_on_two_tasks());
  const auto& root = job.request.inference_dataset->root;

  (void)job.run();

  const auto rows = job.artifact("result.csv");
  std::size_t right = 0;
  const auto truth = data::read_label_table(root, "val.csv").value();
  for (const auto& row : truth.rows) {
    const auto& tint = row.values[0];
    const auto& shade = row.values[1];
    const std::regex answer(fmt::format(
        "\nimages_train/{},{},[.0-9]+,{},[.0-9]+\n", row.picture.filename().string(), shade, tint));
    right += std::regex_search(rows, answer) ? 1U : 0U;
  }
  EXPECT_GE(right, 19U);  // Of 23 with both labels; few are mistaken.
}

TEST(MultitaskClassification, ExportsAnOutputForEachTask) {
  SampleJob job(network, "export");
  job.set_parent(trained_on_two_tasks());

  (void)job.run();

  EXPECT_THAT(job.artifact("nvinfer_config.txt"),
              HasSubstr("output-blob-names=shade/Softmax;tint/Softmax"));
  EXPECT_THAT(job.artifact("model.onnx"), HasSubstr("shade/Softmax"));
}

TEST(MultitaskClassification, RetrainingGoesOnFromTheParent) {
  SampleJob job(network, "retrain");
  job.set_parent(trained_on_two_tasks());
  set_path(job.request.spec, "training_config.num_epochs", 1);

  (void)job.run();

  EXPECT_LT(first_loss_of(job), first_loss_of(trained_on_two_tasks()) / 2);
}

TEST(MultitaskClassification, ACheckpointOfARetrainingTellsTheArchitectureOfItsParent) {
  SampleJob job(network, "retrain");
  job.set_parent(trained_on_two_tasks());
  set_path(job.request.spec, "training_config.num_epochs", 1);
  set_path(job.request.spec, "model_config.n_layers", 50);

  (void)job.run();

  const auto checkpoint = engine::newest_checkpoint(job.artifacts(), {}).value();
  EXPECT_EQ(checkpoint.spec.at("model_config").at("n_layers"), 10);
}

// A retraining has no parameter for it.
TEST(MultitaskClassification, RetrainingScalesPixelsAsTheParentDid) {
  SampleJob training(network, "train");
  set_path(training.request.spec, "athanor.preprocess_mode", "torch");
  set_path(training.request.spec, "training_config.num_epochs", 8);
  (void)training.run();
  SampleJob job(network, "retrain");
  job.set_parent(training);
  set_path(job.request.spec, "training_config.num_epochs", 1);

  (void)job.run();

  EXPECT_LT(first_loss_of(job), first_loss_of(training) / 2);
}

TEST(MultitaskClassification, GoesOnWithATrainingForInt8ToTheSameBytes) {
  SampleJob undisturbed(network, "train");
  SampleJob stopped(network, "train");
  for (auto* job : {&undisturbed, &stopped}) {
    set_path(job->request.spec, "training_config.enable_qat", true);
  }

  (void)undisturbed.run();
  stopped.run_until_stopped();
  (void)stopped.run();

  EXPECT_THAT(undisturbed.log, Contains(HasSubstr("layers are trained as int8 computes them")));
  EXPECT_EQ(newest_weights(undisturbed), newest_weights(stopped));
}

TEST(MultitaskClassification, AModelTrainedForInt8IsOneLikeAnyOther) {
  SampleJob training(network, "train");
  set_path(training.request.spec, "training_config.enable_qat", true);
  (void)training.run();
  SampleJob pruning(network, "prune");
  pruning.set_parent(training);
  ASSERT_EQ(failure_of(pruning), "");

  for (const auto* parent : {&training, &pruning}) {
    for (const auto* action : {"evaluate", "inference", "retrain", "export"}) {
      SampleJob job(network, action);
      job.set_parent(*parent);
      EXPECT_EQ(failure_of(job), "") << action << " after " << parent->request.action;
    }
  }
}

// Each action builds the backbone anew from what the checkpoint says of it; pruning compares what
// is left with the whole model, the export its file with the model.
TEST_P(MultitaskBackbone, GoesThroughEveryAction) {
  const auto training = trained_with(GetParam(), network);
  const auto pruning = done("prune", *training);
  const auto retraining = trained_with(GetParam(), network, pruning.get());
  // Of one epoch of retraining, deep networks are left that blow rounding up.
  const auto exported = done("export", *pruning);

  for (const auto* model : {pruning.get(), retraining.get(), exported.get()}) {
    (void)done("evaluate", *model);
  }
  (void)done("confmat", *retraining);
  for (const auto* precision : {"fp32", "int8"}) {
    const auto engine = converted(*exported, precision);
    (void)done("evaluate", *engine);
    (void)done("inference", *engine);
  }
}

INSTANTIATE_TEST_SUITE_P(All,
                         MultitaskBackbone,
                         ::testing::ValuesIn(athanor::testing::small_zoo()),
                         [](const auto& subject) { return full_name(subject.param); });

TEST(MultitaskClassification, AnInt8ExportHasTheRangesOfATrainingForInt8UnlessForced) {
  SampleJob training(network, "train");
  set_path(training.request.spec, "training_config.enable_qat", true);
  (void)training.run();
  SampleJob kept(network, "export");
  SampleJob forced(network, "export");
  set_path(forced.request.spec, "force_ptq", true);
  for (auto* job : {&kept, &forced}) {
    job->set_parent(training);
    set_path(job->request.spec, "data_type", "int8");
    (void)job->run();
  }

  const auto checkpoint = engine::newest_checkpoint(training.artifacts(), {}).value();
  const auto trained = engine::trained_ranges_of(engine::read_trained_ranges(checkpoint),
                                                 kept.artifact("model.onnx"));
  EXPECT_TRUE(trained.contains("input_1"));
  EXPECT_GT(trained.size(), 8U);  // Of the backbone alone.
  EXPECT_EQ(kept.artifact("cal.bin"), compile::render_tensorrt_table(trained).value());
  EXPECT_NE(forced.artifact("cal.bin"), kept.artifact("cal.bin"));
}

TEST(MultitaskClassification, RetrainingWantsTheTasksAndClassesOfTheParent) {
  for (const auto* rows : {"fname,shade\n0.png,bright\n1.png,dark\n",
                           "fname,shade,tint\n0.png,light,red\n1.png,dark,blue\n"}) {
    SampleJob job(network, "retrain");
    job.set_parent(trained_on_two_tasks());
    write_table(job, "train.csv", rows);
    write_table(job, "val.csv", rows);

    EXPECT_THAT(failure_of(job), AllOf(HasSubstr("tint (blue, red)"), HasSubstr("train_datasets")));
  }
}

TEST(MultitaskClassification, WeighsTheLossesOfTheTasks) {
  SampleJob plain(network, "train");
  SampleJob weighted(network, "train");
  set_path(weighted.request.spec,
           "athanor.task_weights",
           Json::array({{{"key", "tint"}, {"value", 0.0}}, {{"key", "shade"}, {"value", 2.0}}}));

  (void)plain.run();
  (void)weighted.run();

  EXPECT_NE(newest_weights(plain), newest_weights(weighted));
}

TEST(MultitaskClassification, NamesAWeightForATaskThatThereIsNot) {
  SampleJob job(network, "train");
  set_path(
      job.request.spec, "athanor.task_weights", Json::array({{{"key", "mood"}, {"value", 2.0}}}));

  EXPECT_THAT(failure_of(job), HasSubstr("mood"));
}

TEST(MultitaskClassification, WeighingAllClassesOfATaskIsWeighingTheTask) {
  SampleJob by_task(network, "train");
  SampleJob by_class(network, "train");
  set_path(by_task.request.spec,
           "athanor.task_weights",
           Json::array({{{"key", "tint"}, {"value", 2.0}}}));
  set_path(by_class.request.spec,
           "athanor.class_weights",
           Json::array({{{"task", "tint"}, {"key", "red"}, {"value", 2.0}},
                        {{"task", "tint"}, {"key", "blue"}, {"value", 2.0}}}));

  (void)by_task.run();
  (void)by_class.run();

  EXPECT_EQ(newest_weights(by_task), newest_weights(by_class));
}

TEST(MultitaskClassification, NamesAClassWeightForWhatThereIsNot) {
  for (const auto& [task, name, fault] :
       {std::tuple{"mood", "good", "there is no task \"mood\""},
        std::tuple{"tint", "dark", "there is no class of tint \"dark\"; there are blue, red"}}) {
    SampleJob job(network, "train");
    set_path(job.request.spec,
             "athanor.class_weights",
             Json::array({{{"task", task}, {"key", name}, {"value", 2.0}}}));

    EXPECT_THAT(failure_of(job), AllOf(StartsWith("athanor.class_weights: "), HasSubstr(fault)));
  }
}

TEST(MultitaskClassification, StopsEarlyByTheFigureThatKerasNames) {
  SampleJob job(network, "retrain");
  job.set_parent(trained_on_two_tasks());
  set_path(job.request.spec, "training_config.num_epochs", 6);
  set_path(job.request.spec, "training_config.early_stopping.monitor", "val_loss");
  set_path(job.request.spec, "training_config.early_stopping.patience", 1);
  set_path(job.request.spec, "training_config.early_stopping.min_delta", 100.0);

  (void)job.run();

  EXPECT_EQ(job.epoch_lines().size(), 2U);
}

TEST(MultitaskClassification, FindsABatchSizeAndALearningRate) {
  SampleJob training(network, "train");
  SampleJob retraining(network, "retrain");
  retraining.set_parent(trained_on_two_tasks());
  for (auto* job : {&training, &retraining}) {
    set_path(job->request.spec, "training_config.num_epochs", 1);
    set_path(job->request.spec, "athanor.auto_batch_size", true);
    set_path(job->request.spec, "athanor.lr_finder", "use");

    (void)job->run();

    const auto tuning = Json::parse(job->artifact("tuning.json"));
    EXPECT_EQ(tuning.at("batch_size"), 8);  // There is memory enough for what is asked for.
    EXPECT_GT(tuning.at("learning_rate").get<double>(), 0);
    EXPECT_THAT(job->log, Contains(HasSubstr("which is used")));
  }
}

TEST(MultitaskClassification, ACheckpointTellsTheBatchSizeThatTheTrainingChose) {
  SampleJob job(network, "train");
  set_path(job.request.spec, "training_config.num_epochs", 1);
  set_path(job.request.spec, "athanor.auto_batch_size", true);
  std::filesystem::create_directories(job.artifacts());
  ASSERT_TRUE(engine::write_tuning(job.artifacts(), {6, std::nullopt}));

  (void)job.run();

  const auto checkpoint = engine::newest_checkpoint(job.artifacts(), {}).value();
  EXPECT_EQ(checkpoint.spec.at("training_config").at("batch_size_per_gpu"), 6);
}

TEST(MultitaskClassification, JudgesEpochsByTheTrainingWhereNothingIsValidated) {
  SampleJob job(network, "train");
  job.request.eval_dataset.reset();
  set_path(job.request.spec, "training_config.num_epochs", 1);
  set_path(job.request.spec, "athanor.monitor", "validation_loss");

  (void)job.run();

  EXPECT_THAT(job.log, Contains(HasSubstr("the best by loss")));
}

TEST(MultitaskClassification, NamesAColumnWithoutTask) {
  SampleJob job(network, "train");
  write_table(job, "val.csv", "fname,shade,tint,mood\n0.png,bright,red,good\n");

  EXPECT_THAT(failure_of(job),
              AllOf(HasSubstr("eval_dataset"), HasSubstr("\"mood\""), HasSubstr("shade, tint")));
}

TEST(MultitaskClassification, NamesATaskWithoutColumn) {
  SampleJob job(network, "train");
  write_table(job, "val.csv", "fname,shade\n0.png,bright\n");

  EXPECT_THAT(failure_of(job), AllOf(HasSubstr("eval_dataset"), HasSubstr("\"tint\"")));
}

TEST(MultitaskClassification, NamesAValueThatTheModelDoesNotKnow) {
  SampleJob job(network, "train");
  write_table(job, "val.csv", "fname,shade,tint\n0.png,bright,red\n1.png,dim,red\n");

  EXPECT_THAT(failure_of(job),
              AllOf(HasSubstr("val.csv:3"), HasSubstr("\"dim\""), HasSubstr("bright, dark")));
}

TEST(MultitaskClassification, NamesARowWithoutItsPicture) {
  SampleJob job(network, "train");
  write_table(job, "train.csv", "fname,shade\n0.png,bright\nlost.png,dark\n");

  EXPECT_THAT(failure_of(job),
              AllOf(HasSubstr("train_datasets"), HasSubstr("train.csv:3"), HasSubstr("lost.png")));
}

TEST(MultitaskClassification, NamesARowOfTheEvaluationDataWithoutItsPicture) {
  for (const auto* action : {"train", "evaluate", "confmat"}) {
    SampleJob job(network, action);
    job.set_parent(trained_on_two_tasks());
    write_table(job, "val.csv", "fname,shade,tint\n0.png,bright,red\nlost.png,dark,blue\n");

    EXPECT_THAT(failure_of(job),
                AllOf(HasSubstr("eval_dataset"), HasSubstr("val.csv:3"), HasSubstr("lost.png")))
        << action;
  }
}

TEST_P(MultitaskReading, NamesAPictureThatIsBroken) {
  std::ofstream(folder() / "0.png") << "no picture";

  EXPECT_THAT(failure_of(job_), HasSubstr("images_train/0.png"));
}

TEST_P(MultitaskReading, TakesPicturesOfEveryKind) {
  std::string rows = "fname,shade,tint\n0.png,bright,red\n2.png,bright,blue\n";
  for (const auto& name : add_pictures_of_every_kind(folder())) {
    rows += name + ",dark,\n";
  }
  write_table(job_, "train.csv", rows);
  write_table(job_, "val.csv", rows);

  EXPECT_EQ(failure_of(job_), "");
}

INSTANTIATE_TEST_SUITE_P(Actions,
                         MultitaskReading,
                         ::testing::Values("train", "evaluate", "confmat", "inference"),
                         [](const auto& subject) { return std::string(subject.param); });

TEST(MultitaskClassification, NamesAnInputThatIsTooSmallForItsBackbone) {
  SampleJob job(network, "train");
  set_path(job.request.spec, "model_config.arch", "alexnet");
  set_path(job.request.spec, "athanor.stem", "imagenet");

  EXPECT_THAT(failure_of(job),
              AllOf(HasSubstr("model_config.input_image_size"), HasSubstr("at least")));
}

TEST(MultitaskClassification, WantsTwoClassesOfEveryTask) {
  SampleJob job(network, "train");
  write_table(job, "train.csv", "fname,shade,tint\n0.png,bright,red\n1.png,dark,\n");

  EXPECT_THAT(failure_of(job), AllOf(HasSubstr("\"tint\""), HasSubstr("has 1 classes")));
}

TEST(MultitaskClassification, NamesTheTableThatIsMissing) {
  SampleJob job(network, "train");
  std::filesystem::remove(job.request.train_datasets[0].root / "train.csv");

  EXPECT_THAT(failure_of(job), AllOf(HasSubstr("train_datasets"), HasSubstr("train.csv")));
}

TEST(MultitaskClassification, RefusesALearningRateThatCannotGrow) {
  SampleJob job(network, "retrain");
  job.set_parent(trained_on_two_tasks());
  set_path(job.request.spec,
           "training_config.learning_rate.soft_start_annealing_schedule.min_learning_rate",
           0.0);

  EXPECT_THAT(failure_of(job), HasSubstr("soft_start_annealing_schedule"));
}

}  // namespace athanor::networks::multitask_classification
