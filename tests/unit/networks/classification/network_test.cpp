#include "athanor/networks/classification/network.hpp"

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>

#include "../sample_job.hpp"
#include "support/zoo.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"
#include "athanor/engine/tuning.hpp"
#include "athanor/networks/classification/model.hpp"

namespace athanor::networks::classification {

namespace {

using networks::testing::add_pictures_of_every_kind;
using networks::testing::converted;
using networks::testing::done;
using networks::testing::failure_of;
using networks::testing::first_loss_of;
using networks::testing::newest_weights;
using networks::testing::SampleJob;
using networks::testing::trained_with;
using networks::testing::use_backbone;
using ::testing::HasSubstr;

const SampleJob& trained_classifier() {
  static const auto job = [] {
    auto made = std::make_unique<SampleJob>("classification", "train");
    set_path(made->request.spec, "train_config.n_epochs", 8);
    (void)made->run();
    return made;
  }();
  return *job;
}

/// Pictures without class folders and the tables beside them.
void make_custom(SampleJob& job, const std::string& rows) {
  const auto root = job.request.train_datasets[0].root;
  for (const auto* name : {"bright", "dark"}) {
    for (int i = 0; i < 12; ++i) {
      const auto number = std::to_string(i) + ".png";
      std::filesystem::rename(root / "images_train" / name / number,
                              root / "images_train" / (name + number));
    }
    std::filesystem::remove(root / "images_train" / name);
  }
  std::ofstream(root / "train.csv") << rows;
  std::ofstream(root / "val.csv") << rows;
  job.request.train_datasets[0].format = "custom";
  job.request.eval_dataset->format = "custom";
}

constexpr const char* custom_rows =
    "fname,shade,size\nbright0.png,bright,big\nbright1.png,bright,\ndark0.png,dark,big\n"
    "dark1.png,dark,small\n";

/// Lets the training choose, of at most so many.
void choose_batch_size(SampleJob& job, std::int64_t most) {
  set_path(job.request.spec, "athanor.auto_batch_size", true);
  set_path(job.request.spec, "train_config.batch_size_per_gpu", most);
}

std::size_t count_lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

Json description_of(const SampleJob& job) {
  return engine::newest_checkpoint(job.artifacts(), {}).value().model;
}

class ClassificationBackbone : public ::testing::TestWithParam<backbones::BackboneOptions> {};

/// What reads pictures.
class ClassificationReading : public ::testing::TestWithParam<const char*> {
 protected:
  ClassificationReading() {
    job_.set_parent(trained_classifier());  // Of which a training takes no notice.
  }

  /// Of pictures that every action reads.
  [[nodiscard]] std::filesystem::path folder() const {
    return job_.request.train_datasets[0].root / "images_train/dark";
  }

  SampleJob job_{"classification", GetParam()};
};

/// Backbones of different kinds.
class ClassificationResume : public ::testing::TestWithParam<const char*> {
 protected:
  static void use(SampleJob& job) {
    use_backbone(job, GetParam(), 19);
    set_path(job.request.spec, "model_config.dropout", 0.3);
    set_path(job.request.spec, "train_config.n_epochs", 2);
  }
};

}  // namespace

TEST(Classification, TrainingWritesItsClassMapAndTable) {
  const auto& job = trained_classifier();

  EXPECT_EQ(Json::parse(job.artifact("classmap.json")), (Json{{"bright", 0}, {"dark", 1}}));
  EXPECT_THAT(job.artifact("training.csv"),
              ::testing::StartsWith("epoch,learning_rate,loss,training_accuracy,"
                                    "validation_accuracy,validation_loss"));
  EXPECT_EQ(count_lines(job.artifact("training.csv")), 9U);
}

TEST(Classification, EvaluateMeasuresWhatTrainingLastSaw) {
  SampleJob job("classification", "evaluate");
  job.set_parent(trained_classifier());

  const auto report = job.run();

  EXPECT_EQ(report.kpi["accuracy"],
            trained_classifier().epoch_lines().back().kpi.at("validation_accuracy"));
  EXPECT_EQ(report.kpi["top_k_accuracy"], 1.0);
  EXPECT_EQ(report.categorical["recall"].size(), 2U);
  EXPECT_EQ(report.categorical["confusion_matrix bright"].size(), 2U);
  EXPECT_THAT(job.artifact("confusion_matrix.csv"),
              ::testing::StartsWith("true class,bright,dark"));
  EXPECT_EQ(count_lines(job.artifact("per_class.csv")), 3U);
  EXPECT_EQ(Json::parse(job.artifact("results.json"))["pictures"], 24);
}

TEST(Classification, EvaluateMeasuresTheMovingAverageThatTrainingValidated) {
  SampleJob training("classification", "train");
  set_path(training.request.spec, "athanor.moving_average_decay", 0.9);
  (void)training.run();
  SampleJob job("classification", "evaluate");
  job.set_parent(training);

  const auto report = job.run();

  const auto trained = training.epoch_lines().back().kpi;
  EXPECT_EQ(report.kpi.at("accuracy"), trained.at("validation_accuracy"));
  EXPECT_NEAR(
      report.kpi.at("loss").get<double>(), trained.at("validation_loss").get<double>(), 1e-5);
}

TEST(Classification, InferenceWritesARowAndAPictureForEach) {
  SampleJob job("classification", "inference");
  job.set_parent(trained_classifier());

  (void)job.run();

  const auto rows = job.artifact("result.csv");
  EXPECT_EQ(count_lines(rows), 24U);
  EXPECT_THAT(rows, ::testing::ContainsRegex("^images_train/bright/0.png,(bright|dark),[01]\\."));
  EXPECT_TRUE(std::filesystem::exists(job.artifacts() / "images_annotated/dark/11.png"));
  EXPECT_EQ(count_lines(job.artifact("top_k.csv")), 1 + 2 * 24U);
}

TEST(Classification, ExportWritesTheLabelsInTheOrderOfTheOutputs) {
  SampleJob job("classification", "export");
  job.set_parent(trained_classifier());

  (void)job.run();

  EXPECT_EQ(job.artifact("labels.txt"), "bright\ndark\n");
}

TEST(Classification, ExportComparesTheAccuracyOfBoth) {
  SampleJob job("classification", "export");
  job.set_parent(trained_classifier());

  const auto report = job.run();

  EXPECT_EQ(report.kpi.at("exported_accuracy"), report.kpi.at("original_accuracy"));
  EXPECT_GT(report.kpi.at("exported_accuracy").get<double>(), 0.5);
  EXPECT_NEAR(report.kpi.at("exported_loss").get<double>(),
              report.kpi.at("original_loss").get<double>(),
              1e-4);
  EXPECT_EQ(report.stats.at("compared_on"), "eval_dataset");
  EXPECT_EQ(report.stats.at("compared_pictures"), "24");
}

TEST(Classification, AnExportKeepsTheColumnOfTheLabels) {
  SampleJob training("classification", "train");
  make_custom(training, custom_rows);
  set_path(training.request.spec, "athanor.label_column", "shade");
  ASSERT_EQ(failure_of(training), "");
  SampleJob exporting("classification", "export");
  exporting.set_parent(training);
  exporting.request.eval_dataset = training.request.eval_dataset;
  const auto exported = exporting.run();
  SampleJob job("classification", "evaluate");
  job.set_parent(exporting);
  job.request.eval_dataset = training.request.eval_dataset;

  const auto evaluated = job.run();

  EXPECT_EQ(evaluated.kpi.at("accuracy"), exported.kpi.at("exported_accuracy"));
}

TEST(Classification, EvaluatesAnExportOfAFixedBatch) {
  SampleJob exporting("classification", "export");
  exporting.set_parent(trained_classifier());
  set_path(exporting.request.spec, "static_batch_size", 5);
  (void)exporting.run();
  SampleJob job("classification", "evaluate");
  job.set_parent(exporting);

  const auto report = job.run();

  EXPECT_EQ(report.kpi.at("accuracy"),
            trained_classifier().epoch_lines().back().kpi.at("validation_accuracy"));
}

TEST(Classification, NamesAKeyThatDoesNotOpenTheModelToExport) {
  SampleJob job("classification", "export");
  job.set_parent(trained_classifier());
  job.parent_key = crypto::Passphrase(Secret<std::string>("another"));

  EXPECT_THAT(failure_of(job), HasSubstr("wrong encryption key"));
}

TEST(Classification, NamesADamagedCheckpointToExport) {
  SampleJob training("classification", "train");
  set_path(training.request.spec, "train_config.n_epochs", 1);
  (void)training.run();
  const auto weights = engine::newest_checkpoint(training.artifacts(), {}).value().weights;
  std::filesystem::resize_file(weights, std::filesystem::file_size(weights) / 2);
  SampleJob job("classification", "export");
  job.set_parent(training);

  EXPECT_THAT(failure_of(job), HasSubstr("cannot load the checkpoint"));
  EXPECT_TRUE(std::filesystem::is_empty(job.artifacts()));
}

TEST_P(ClassificationReading, NamesAPictureThatIsBroken) {
  std::ofstream(folder() / "broken.png") << "no picture";

  EXPECT_THAT(failure_of(job_), HasSubstr("dark/broken.png"));
}

TEST_P(ClassificationReading, TakesPicturesOfEveryKind) {
  add_pictures_of_every_kind(folder());

  EXPECT_EQ(failure_of(job_), "");
}

INSTANTIATE_TEST_SUITE_P(Actions,
                         ClassificationReading,
                         ::testing::Values("train", "evaluate", "inference"),
                         [](const auto& subject) { return std::string(subject.param); });

TEST(Classification, TakesPicturesOfEveryKindWithOneChannel) {
  SampleJob training("classification", "train");
  set_path(training.request.spec, "model_config.input_image_size", "1,16,16");
  set_path(training.request.spec, "train_config.n_epochs", 1);
  SampleJob evaluation("classification", "evaluate");
  SampleJob inference("classification", "inference");

  evaluation.set_parent(training);
  inference.set_parent(training);

  for (auto* job : {&training, &evaluation, &inference}) {
    add_pictures_of_every_kind(job->request.train_datasets[0].root / "images_train/dark");
    EXPECT_EQ(failure_of(*job), "") << job->request.action;
  }
}

TEST(Classification, SaysBeforeTheFirstEpochThatTheLossIsNoNumber) {
  SampleJob job("classification", "train");
  set_path(job.request.spec, "train_config.preprocess_mode", "caffe");
  set_path(job.request.spec, "train_config.image_mean", {{"key", "b"}, {"value", 1e39}});

  EXPECT_THAT(failure_of(job), ::testing::AllOf(HasSubstr("no number"), HasSubstr("image_mean")));
  EXPECT_THAT(job.epoch_lines(), ::testing::IsEmpty());
}

TEST(Classification, NamesAClassThatTheEvaluationDataLack) {
  SampleJob job("classification", "evaluate");
  job.set_parent(trained_classifier());
  std::filesystem::remove_all(job.request.eval_dataset->root / "images_train/dark");

  EXPECT_THAT(failure_of(job), ::testing::AllOf(HasSubstr("eval_dataset"), HasSubstr("dark")));
}

TEST(Classification, SaysThatModelsAreNotImported) {
  SampleJob job("classification", "train");
  set_path(job.request.spec, "model_config.arch", "byom");

  EXPECT_THAT(failure_of(job),
              ::testing::AllOf(HasSubstr("model_config.arch"),
                               HasSubstr("importing is not supported"),
                               HasSubstr("resnet")));
}

TEST(Classification, NamesAnInputThatIsTooSmallForItsBackbone) {
  SampleJob job("classification", "train");
  set_path(job.request.spec, "model_config.arch", "alexnet");
  set_path(job.request.spec, "athanor.stem", "imagenet");

  EXPECT_THAT(failure_of(job),
              ::testing::AllOf(HasSubstr("model_config.input_image_size"),
                               HasSubstr("needs 31x31 at least"),
                               HasSubstr("athanor.stem")));
}

TEST(Classification, WarnsOfWhatItsBackboneDoesNotHeed) {
  SampleJob job("classification", "train");
  set_path(job.request.spec, "model_config.arch", "mobilenet_v1");
  set_path(job.request.spec, "model_config.retain_head", true);
  set_path(job.request.spec, "train_config.n_epochs", 1);

  (void)job.run();

  EXPECT_THAT(
      job.log,
      ::testing::Contains("Warning: model_config.retain_head has no effect on mobilenet_v1"));
}

// Each action builds the backbone anew from what the checkpoint says of it; pruning compares what
// is left with the whole model, an export its file with the model, a conversion its engine with the
// file.
TEST_P(ClassificationBackbone, GoesThroughEveryAction) {
  const auto training = trained_with(GetParam(), "classification");
  const auto pruning = done("prune", *training);
  const auto retraining = trained_with(GetParam(), "classification", pruning.get());
  // Of one epoch of retraining, deep networks are left that blow rounding up.
  const auto exported = done("export", *pruning);
  const auto in_float = converted(*exported, "fp32");
  const auto in_int8 = converted(*exported, "int8");

  for (const auto* model : {training.get(), pruning.get(), retraining.get()}) {
    (void)done("evaluate", *model);
  }
  for (const auto* model : {retraining.get(), exported.get(), in_float.get(), in_int8.get()}) {
    const auto inference = done("inference", *model);
    EXPECT_EQ(count_lines(inference->artifact("result.csv")), 24U) << model->request.action;
  }
  (void)done("evaluate", *in_float);
  (void)done("evaluate", *in_int8);
  EXPECT_EQ(description_of(*retraining).at("topology"), description_of(*pruning).at("topology"));
  EXPECT_TRUE(std::filesystem::exists(in_int8->artifacts() / "cal.bin"));
}

INSTANTIATE_TEST_SUITE_P(All,
                         ClassificationBackbone,
                         ::testing::ValuesIn(athanor::testing::small_zoo()),
                         [](const auto& subject) { return full_name(subject.param); });

// Random numbers and state in the middle of a network: dropped paths and features, statistics of
// depthwise filters, of parts of a map and of concatenations.
TEST_P(ClassificationResume, GoesOnAfterStopsWithTheSameBytes) {
  SampleJob undisturbed("classification", "train");
  use(undisturbed);
  ASSERT_EQ(failure_of(undisturbed), "");
  SampleJob job("classification", "train");
  use(job);

  job.run_until_stopped();
  job.run_until_stopped();
  ASSERT_EQ(failure_of(job), "");

  EXPECT_EQ(newest_weights(job), newest_weights(undisturbed));
}

INSTANTIATE_TEST_SUITE_P(Archs,
                         ClassificationResume,
                         ::testing::Values("squeezenet",
                                           "googlenet",
                                           "mobilenet_v2",
                                           "darknet",
                                           "cspdarknet_tiny",
                                           "efficientnet_b0"),
                         [](const auto& subject) { return std::string(subject.param); });

TEST(Classification, ACheckpointKeepsWhatDeviatesFromPublication) {
  backbones::BackboneOptions options;
  options.use_bias = true;
  options.activation = {backbones::ActivationKind::leaky_relu, 0.3};
  options.retain_head = true;

  const auto restored = backbone_from_json(to_json(options));

  EXPECT_EQ(restored.use_bias, options.use_bias);
  EXPECT_EQ(restored.activation, options.activation);
  EXPECT_EQ(restored.retain_head, options.retain_head);
}

TEST(Classification, NamesAClassFolderWithoutPictures) {
  SampleJob job("classification", "train");
  std::filesystem::create_directories(job.request.train_datasets[0].root / "images_train/empty");

  EXPECT_THAT(failure_of(job),
              ::testing::AllOf(HasSubstr("train_datasets"), HasSubstr("\"empty\"")));
}

TEST(Classification, TrainsOnAColumnOfATable) {
  SampleJob job("classification", "train");
  make_custom(job, custom_rows);
  set_path(job.request.spec, "athanor.label_column", "size");

  ASSERT_EQ(failure_of(job), "");

  EXPECT_EQ(Json::parse(job.artifact("classmap.json")), (Json{{"big", 0}, {"small", 1}}));
  EXPECT_THAT(job.log, ::testing::Contains(HasSubstr("on 3 pictures of 2 classes")));
}

TEST(Classification, WantsTheNameOfTheColumn) {
  SampleJob job("classification", "train");
  make_custom(job, custom_rows);

  EXPECT_THAT(failure_of(job),
              ::testing::AllOf(HasSubstr("athanor.label_column"), HasSubstr("shade, size")));
}

TEST(Classification, NamesTheColumnsWhereOneIsUnknown) {
  SampleJob job("classification", "train");
  make_custom(job, custom_rows);
  set_path(job.request.spec, "athanor.label_column", "colour");

  EXPECT_THAT(failure_of(job), ::testing::AllOf(HasSubstr("colour"), HasSubstr("shade, size")));
}

TEST(Classification, NamesARowWithoutItsPicture) {
  SampleJob job("classification", "train");
  make_custom(job, std::string(custom_rows) + "dark99.png,dark,big\n");
  set_path(job.request.spec, "athanor.label_column", "shade");

  EXPECT_THAT(failure_of(job), ::testing::AllOf(HasSubstr("train.csv:6"), HasSubstr("dark99.png")));
}

TEST(Classification, NamesARowOfTheEvaluationDataWithoutItsPicture) {
  for (const auto* action : {"train", "evaluate"}) {
    SampleJob job("classification", action);
    make_custom(job, custom_rows);
    std::ofstream(job.request.eval_dataset->root / "val.csv")
        << custom_rows << "dark99.png,dark,big\n";
    set_path(job.request.spec, "athanor.label_column", "shade");
    job.set_parent(trained_classifier());

    EXPECT_THAT(failure_of(job),
                ::testing::AllOf(
                    HasSubstr("eval_dataset"), HasSubstr("val.csv:6"), HasSubstr("dark99.png")))
        << action;
  }
}

TEST(Classification, NamesARowWhoseClassTheModelDoesNotKnow) {
  SampleJob job("classification", "evaluate");
  make_custom(job, std::string(custom_rows) + "dark2.png,dim,big\n");
  set_path(job.request.spec, "athanor.label_column", "shade");
  job.set_parent(trained_classifier());

  EXPECT_THAT(failure_of(job),
              ::testing::AllOf(HasSubstr("val.csv:6"), HasSubstr("dim"), HasSubstr("bright")));
}

TEST(Classification, GoesOnWithTheBatchSizeThatItChose) {
  SampleJob undisturbed("classification", "train");
  choose_batch_size(undisturbed, 8);
  (void)undisturbed.run();
  SampleJob job("classification", "train");
  choose_batch_size(job, 8);

  job.run_until_stopped();
  // As where more memory is free at the next attempt: it could choose more now.
  choose_batch_size(job, 24);
  job.run_until_stopped();
  (void)job.run();

  EXPECT_EQ(newest_weights(job), newest_weights(undisturbed));
}

TEST(Classification, ACheckpointTellsTheBatchSizeThatTheTrainingChose) {
  SampleJob job("classification", "train");
  choose_batch_size(job, 24);
  set_path(job.request.spec, "train_config.n_epochs", 1);
  std::filesystem::create_directories(job.artifacts());
  ASSERT_TRUE(engine::write_tuning(job.artifacts(), {6, std::nullopt}));

  (void)job.run();

  const auto checkpoint = engine::newest_checkpoint(job.artifacts(), {}).value();
  EXPECT_EQ(checkpoint.spec.at("train_config").at("batch_size_per_gpu"), 6);
  EXPECT_EQ(checkpoint.batches_per_epoch, 4);
}

TEST(Classification, TrainsWithTheLearningRateThatItFound) {
  SampleJob job("classification", "train");
  set_path(job.request.spec, "train_config.n_epochs", 1);
  set_path(job.request.spec, "train_config.lr_config.step.gamma", 1.0);  // The rate stays.
  set_path(job.request.spec, "athanor.lr_finder", "use");

  (void)job.run();

  const auto found = Json::parse(job.artifact("tuning.json")).at("learning_rate");
  EXPECT_EQ(job.epoch_lines().back().graphical.at("learning_rate"), found);
  EXPECT_THAT(job.log, ::testing::Contains(HasSubstr("which is used")));
}

TEST(Classification, SaysThatTheOptimisersRateGivesWayWhereTheScheduleHasOne) {
  SampleJob with_own("classification", "train");
  SampleJob without("classification", "train");
  set_path(without.request.spec, "train_config.lr_config.cosine.soft_start", 0.2);
  for (auto* job : {&with_own, &without}) {
    set_path(job->request.spec, "train_config.n_epochs", 1);
    (void)job->run();
  }

  EXPECT_THAT(with_own.log,
              ::testing::Contains(
                  "The optimiser's learning rate 0.01 gives way to that of lr_config, 0.05"));
  EXPECT_THAT(without.log, ::testing::Not(::testing::Contains(HasSubstr("gives way"))));
}

TEST(Classification, RetrainingGoesOnFromTheParent) {
  SampleJob job("classification", "retrain");
  job.set_parent(trained_classifier());
  set_path(job.request.spec, "train_config.n_epochs", 1);
  set_path(job.request.spec, "train_config.lr_config.step.learning_rate", 1e-6);
  SampleJob fresh("classification", "train");
  set_path(fresh.request.spec, "train_config.n_epochs", 1);

  (void)job.run();
  (void)fresh.run();

  EXPECT_LT(first_loss_of(job), first_loss_of(fresh) / 2);
  EXPECT_THAT(job.log, ::testing::Not(::testing::Contains(HasSubstr("last layer"))));
}

TEST(Classification, RetrainingStartsANewHeadForMoreClasses) {
  SampleJob job("classification", "retrain");
  job.set_parent(trained_classifier());
  const auto folder = job.request.train_datasets[0].root / "images_train";
  std::filesystem::copy(folder / "dark", folder / "dim");

  ASSERT_EQ(failure_of(job), "");

  EXPECT_EQ(Json::parse(job.artifact("classmap.json")).size(), 3U);
  EXPECT_THAT(job.log,
              ::testing::Contains(HasSubstr("starts fresh: the parent's is for 2 classes, the data "
                                            "have 3")));
}

TEST(Classification, RetrainingKeepsTheHeadForAsManyOtherClasses) {
  SampleJob job("classification", "retrain");
  job.set_parent(trained_classifier());
  set_path(job.request.spec, "train_config.n_epochs", 1);
  const auto folder = job.request.train_datasets[0].root / "images_train";
  std::filesystem::rename(folder / "bright", folder / "light");

  ASSERT_EQ(failure_of(job), "");

  EXPECT_EQ(Json::parse(job.artifact("classmap.json")), (Json{{"dark", 0}, {"light", 1}}));
  EXPECT_THAT(job.log,
              ::testing::Contains(
                  ::testing::AllOf(HasSubstr("last layer is kept"),
                                   HasSubstr("\"dark\" has the output that \"bright\" had"))));
}

TEST(Classification, ACheckpointOfARetrainingTellsTheArchitectureOfItsParent) {
  SampleJob retraining("classification", "retrain");
  retraining.set_parent(trained_classifier());
  set_path(retraining.request.spec, "train_config.n_epochs", 1);
  set_path(retraining.request.spec, "model_config.n_layers", 50);
  (void)retraining.run();
  SampleJob job("classification", "evaluate");
  job.set_parent(retraining);
  set_path(job.request.spec, "model_config.n_layers", 10);

  (void)job.run();

  const auto checkpoint = engine::newest_checkpoint(retraining.artifacts(), {}).value();
  EXPECT_EQ(checkpoint.spec.at("model_config").at("n_layers"), 10);
  EXPECT_THAT(job.log, ::testing::Not(::testing::Contains(HasSubstr("n_layers"))));
}

TEST(Classification, RetrainingRefusesOtherChannels) {
  SampleJob job("classification", "retrain");
  job.set_parent(trained_classifier());
  set_path(job.request.spec, "model_config.input_image_size", "1,16,16");

  EXPECT_THAT(failure_of(job), HasSubstr("input_image_size"));
}

TEST(Classification, WarnsARetrainingOfPixelsThatAreNewToItsParent) {
  SampleJob other("classification", "retrain");
  SampleJob same("classification", "retrain");
  for (auto* job : {&other, &same}) {
    job->set_parent(trained_classifier());  // On torch.
    set_path(job->request.spec, "train_config.n_epochs", 1);
  }
  set_path(other.request.spec, "train_config.preprocess_mode", "tf");

  (void)other.run();
  (void)same.run();

  const auto warning = ::testing::StartsWith("Warning: train_config.preprocess_mode");
  EXPECT_THAT(other.log,
              ::testing::Contains(
                  ::testing::AllOf(warning, HasSubstr("is \"tf\""), HasSubstr("with \"torch\""))));
  EXPECT_THAT(same.log, ::testing::Not(::testing::Contains(warning)));
}

TEST(Classification, ARetrainingKeepsTheChannelMeansOfItsParent) {
  SampleJob training("classification", "train");
  SampleJob silent("classification", "retrain");
  SampleJob other("classification", "retrain");
  for (auto* job : {&training, &silent, &other}) {
    set_path(job->request.spec, "train_config.preprocess_mode", "caffe");
    set_path(job->request.spec, "train_config.n_epochs", 1);
  }
  set_path(training.request.spec, "train_config.image_mean", {{"key", "b"}, {"value", 50.0}});
  set_path(other.request.spec, "train_config.image_mean", {{"key", "b"}, {"value", 60.0}});
  (void)training.run();
  for (auto* job : {&silent, &other}) {
    job->set_parent(training);
    (void)job->run();
  }

  const auto means_of = [](const SampleJob& job) {
    const auto checkpoint = engine::newest_checkpoint(job.artifacts(), {}).value();
    return checkpoint.model.at("preprocessing").at("image_mean");
  };
  const auto warning = ::testing::StartsWith("Warning: train_config.image_mean");
  EXPECT_EQ(means_of(silent), means_of(training));
  EXPECT_THAT(silent.log, ::testing::Not(::testing::Contains(warning)));
  EXPECT_NE(means_of(other), means_of(training));
  EXPECT_THAT(other.log, ::testing::Contains(warning));
}

TEST(Classification, WarnsARetrainingThatThawsTheBatchNormsOfItsParent) {
  SampleJob training("classification", "train");
  set_path(training.request.spec, "model_config.freeze_bn", true);
  set_path(training.request.spec, "train_config.n_epochs", 1);
  (void)training.run();
  SampleJob job("classification", "retrain");
  job.set_parent(training);
  set_path(job.request.spec, "train_config.n_epochs", 1);

  (void)job.run();

  EXPECT_THAT(job.log,
              ::testing::Contains(::testing::StartsWith("Warning: model_config.freeze_bn is off")));
}

TEST(Classification, RetrainsAPrunedModelInEveryWay) {
  SampleJob pruning("classification", "prune");
  pruning.set_parent(trained_classifier());
  (void)pruning.run();
  SampleJob job("classification", "retrain");
  job.set_parent(pruning);
  set_path(job.request.spec, "model_config.freeze_blocks", Json::array({0, 1}));
  set_path(job.request.spec, "model_config.freeze_bn", true);
  set_path(job.request.spec, "athanor.moving_average_decay", 0.9);
  set_path(job.request.spec, "athanor.auto_batch_size", true);
  const auto folder = job.request.train_datasets[0].root / "images_train";
  std::filesystem::copy(folder / "dark", folder / "dim");

  ASSERT_EQ(failure_of(job), "");

  EXPECT_EQ(Json::parse(job.artifact("classmap.json")).size(), 3U);
}

TEST(Classification, PruningNamesALayerThatThereIsNot) {
  SampleJob job("classification", "prune");
  job.set_parent(trained_classifier());
  set_path(job.request.spec, "excluded_layers", "layer1 layer9.0.conv1");

  EXPECT_THAT(failure_of(job),
              ::testing::AllOf(HasSubstr("excluded_layers"), HasSubstr("layer9.0.conv1")));
}

TEST(Classification, PruningRefusesToLeaveNothing) {
  SampleJob job("classification", "prune");
  job.set_parent(trained_classifier());
  set_path(job.request.spec, "pruning_threshold", 1.0);
  set_path(job.request.spec, "min_num_filters", 0);

  EXPECT_THAT(failure_of(job), HasSubstr("pruning_threshold"));
}

TEST(Classification, PruningWantsAParentWithWeights) {
  SampleJob job("classification", "prune");
  const SampleJob untrained("classification", "train");
  job.set_parent(untrained);

  EXPECT_THAT(failure_of(job), HasSubstr("there is no checkpoint"));
}

TEST(Classification, RefusesATopologyThatIsNotItsOwn) {
  SampleJob pruning("classification", "prune");
  pruning.set_parent(trained_classifier());
  (void)pruning.run();
  const auto file = pruning.artifacts() / "weights/model.json";
  auto checkpoint = Json::parse(read_file(file).value());
  checkpoint["model"]["topology"]["layer1.0.conv1"]["out"] = 1000;
  ASSERT_TRUE(write_file_atomic(file, to_text(checkpoint)));
  SampleJob job("classification", "evaluate");
  job.set_parent(pruning);

  EXPECT_THAT(failure_of(job), HasSubstr("layer1.0.conv1"));
}

TEST(Classification, NamesAWeightForAClassThatThereIsNot) {
  SampleJob job("classification", "train");
  set_path(
      job.request.spec, "athanor.class_weights", Json::array({{{"key", "cat"}, {"value", 2}}}));

  EXPECT_THAT(failure_of(job), ::testing::AllOf(HasSubstr("cat"), HasSubstr("bright, dark")));
}

TEST(Classification, WantsTwoClassesAtLeast) {
  SampleJob job("classification", "train");
  std::filesystem::remove_all(job.request.train_datasets[0].root / "images_train/dark");
  job.request.eval_dataset.reset();

  EXPECT_THAT(failure_of(job), HasSubstr("bright"));
}

}  // namespace athanor::networks::classification
