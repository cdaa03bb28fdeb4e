#include "athanor/networks/classification/network.hpp"

#include <fstream>

#include "../sample_job.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::networks::classification {

namespace {

using networks::testing::SampleJob;
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

std::string failure_of(SampleJob& job) {
  try {
    (void)job.run();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

std::size_t count_lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

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

TEST(Classification, InferenceWritesARowAndAPictureForEach) {
  SampleJob job("classification", "inference");
  job.set_parent(trained_classifier());

  (void)job.run();

  const auto rows = job.artifact("result.csv");
  EXPECT_EQ(count_lines(rows), 24U);
  EXPECT_THAT(rows, ::testing::ContainsRegex("^images_train/bright/0.png,(bright|dark),[01]\\."));
  EXPECT_TRUE(std::filesystem::exists(job.artifacts() / "images_annotated/dark/11.png"));
}

TEST(Classification, ExportWritesTheLabelsInTheOrderOfTheOutputs) {
  SampleJob job("classification", "export");
  job.set_parent(trained_classifier());

  (void)job.run();

  EXPECT_EQ(job.artifact("labels.txt"), "bright\ndark\n");
}

TEST(Classification, GrayPicturesTrainWithOneChannel) {
  SampleJob job("classification", "train");
  set_path(job.request.spec, "model_config.input_image_size", "1,16,16");
  set_path(job.request.spec, "train_config.n_epochs", 1);

  EXPECT_NO_THROW((void)job.run());
}

TEST(Classification, NamesAPictureThatCannotBeRead) {
  SampleJob job("classification", "train");
  std::ofstream(job.request.train_datasets[0].root / "images_train/dark/broken.png")
      << "no picture";

  EXPECT_THAT(failure_of(job), HasSubstr("dark/broken.png"));
}

TEST(Classification, NamesAClassThatTheEvaluationDataLack) {
  SampleJob job("classification", "evaluate");
  job.set_parent(trained_classifier());
  std::filesystem::remove_all(job.request.eval_dataset->root / "images_train/dark");

  EXPECT_THAT(failure_of(job), ::testing::AllOf(HasSubstr("eval_dataset"), HasSubstr("dark")));
}

TEST(Classification, SaysWhichBackbonesThereAre) {
  SampleJob job("classification", "train");
  set_path(job.request.spec, "model_config.arch", "alexnet");

  EXPECT_THAT(failure_of(job), ::testing::AllOf(HasSubstr("alexnet"), HasSubstr("resnet")));
}

TEST(Classification, WantsTwoClassesAtLeast) {
  SampleJob job("classification", "train");
  std::filesystem::remove_all(job.request.train_datasets[0].root / "images_train/dark");
  job.request.eval_dataset.reset();

  EXPECT_THAT(failure_of(job), HasSubstr("bright"));
}

}  // namespace athanor::networks::classification
