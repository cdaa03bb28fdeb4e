#include "athanor/engine/class_tally.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "sample_training.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>

#include "athanor/core/files.hpp"
#include "athanor/data/image.hpp"

namespace athanor::engine {

namespace {

using engine::testing::SampleJob;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Logits that make class `likeliest[i]` of three the answer to picture i, the surer the larger
/// `scale`.
torch::Tensor answers(const std::vector<std::int64_t>& likeliest, double scale = 2) {
  return torch::one_hot(torch::tensor(likeliest), 3).to(torch::kFloat32) * scale;
}

/// Has evaluation data in the folder of its artifacts.
struct EvaluationJob : SampleJob {
  EvaluationJob() {
    request.eval_dataset =
        contract::DatasetInput{"id", "image_classification", "default", dir.path()};
  }
};

std::vector<std::string> numbered_classes(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) {
    names.push_back("class" + std::to_string(i));
  }
  return names;
}

std::ptrdiff_t lines_of(const std::filesystem::path& file) {
  const auto text = read_file(file).value();
  return std::count(text.begin(), text.end(), '\n');
}

}  // namespace

TEST(ClassTally, CountsAnswersAndMeanLoss) {
  ClassTally tally({"a", "b", "c"}, 1);
  const auto logits = answers({0, 1, 1, 2});
  const auto labels = torch::tensor({0, 1, 2, 2});

  tally.add(logits.slice(0, 0, 2), labels.slice(0, 0, 2), 0);
  tally.add(logits.slice(0, 2, 4), labels.slice(0, 2, 4), 2);

  EXPECT_EQ(tally.accuracy(), 0.75);
  EXPECT_EQ(tally.top_k_accuracy(), 0.75);
  EXPECT_NEAR(
      tally.loss(), torch::nn::functional::cross_entropy(logits, labels).item<double>(), 1e-6);
}

TEST(LogitsOf, HaveTheProbabilitiesAsSoftmaxAndTheSameLoss) {
  const auto logits = answers({0, 1, 2}, 5);
  const auto labels = torch::tensor({0, 2, 2});

  const auto back = logits_of(logits.softmax(1));

  EXPECT_TRUE(torch::allclose(back.softmax(1), logits.softmax(1)));
  EXPECT_NEAR(torch::nn::functional::cross_entropy(back, labels).item<double>(),
              torch::nn::functional::cross_entropy(logits, labels).item<double>(),
              1e-5);
}

TEST(LogitsOf, AreFiniteWhereAClassIsImpossible) {
  const auto logits = logits_of(torch::tensor({{1.0F, 0.0F}}));

  EXPECT_TRUE(logits.isfinite().all().item<bool>());
  EXPECT_LT(logits[0][1].item<float>(), -80);
}

TEST(ClassTally, LeavesPicturesWithoutALabelOut) {
  ClassTally tally({"a", "b", "c"}, 2);

  tally.add(answers({0, 1}), torch::tensor({ClassTally::no_label, std::int64_t{0}}), 0);
  tally.add(answers({2}), torch::tensor({ClassTally::no_label}), 2);

  EXPECT_EQ(tally.confusion().total(), 1);
  EXPECT_EQ(tally.worst_mistakes().at(0).picture, 1U);
}

TEST(ClassTally, HasNoFiguresWithoutLabels) {
  const ClassTally tally({"a", "b"}, 1);

  EXPECT_EQ(tally.loss(), 0);
  EXPECT_EQ(tally.top_k_accuracy(), 0);
}

TEST(ClassTally, TellsTheSurestMistakesFirst) {
  ClassTally tally({"a", "b", "c"}, 1);

  tally.add(answers({1}, 1), torch::tensor({0}), 0);
  tally.add(answers({2}, 5), torch::tensor({0}), 1);
  tally.add(answers({0}, 9), torch::tensor({0}), 2);

  const auto mistakes = tally.worst_mistakes();
  ASSERT_EQ(mistakes.size(), 2U);
  EXPECT_EQ(mistakes[0].picture, 1U);
  EXPECT_EQ(mistakes[0].predicted, 2U);
  EXPECT_GT(mistakes[0].confidence, mistakes[1].confidence);
}

TEST(WriteTally, WritesTablesAndPictures) {
  EvaluationJob sample;
  const auto picture = sample.dir.path() / "images_val/x.png";
  const auto folder = sample.dir.path() / "out";
  std::filesystem::create_directories(picture.parent_path());
  ASSERT_TRUE(data::write_image(picture, cv::Mat(8, 8, CV_8UC3, cv::Scalar(1, 2, 3))));
  ClassTally tally({"a", "b", "c"}, 1);
  tally.add(answers({1}), torch::tensor({0}), 0);

  write_tally(sample.job, tally, std::vector{picture}, folder);

  EXPECT_THAT(read_file(folder / "worst_mistakes.csv").value(),
              HasSubstr("images_val/x.png,a,b,0.7"));
  EXPECT_THAT(read_file(folder / "confusion_matrix.csv").value(), HasSubstr("\na,0,1,0\n"));
  EXPECT_THAT(read_file(folder / "per_class.csv").value(), HasSubstr("a,0.000000,0.000000"));
  for (const auto* name : {"confusion_matrix.png", "worst_mistakes.png"}) {
    EXPECT_TRUE(data::read_image(folder / name, data::Channels::color)) << name;
  }
  EXPECT_THAT(sample.log, IsEmpty());
}

TEST(WriteTally, ShowsTheThousandMostConfusedOfMoreClassesAndSaysSo) {
  EvaluationJob sample;
  ClassTally tally(numbered_classes(1100), 1);
  const auto last = torch::tensor({std::int64_t{1099}});
  tally.add(torch::one_hot(last, 1100).to(torch::kFloat32), last, 0);

  write_tally(sample.job, tally, {}, sample.dir.path() / "shade");

  EXPECT_EQ(lines_of(sample.dir.path() / "shade/confusion_matrix.csv"), 1001);
  EXPECT_EQ(lines_of(sample.dir.path() / "shade/per_class.csv"), 1101);
  EXPECT_EQ(classes_in_matrix(tally).size(), 1000U);
  EXPECT_THAT(sample.log, Contains(HasSubstr("1000 of 1100 classes")));
  EXPECT_THAT(sample.log, Contains(HasSubstr("shade/per_class.csv has all")));
}

TEST(WriteTally, WritesNoMistakesWhereThereAreNone) {
  EvaluationJob sample;
  ClassTally tally({"a", "b", "c"}, 1);
  tally.add(answers({0}), torch::tensor({0}), 0);

  write_tally(sample.job, tally, std::vector<std::filesystem::path>{"x.png"}, sample.dir.path());

  EXPECT_FALSE(std::filesystem::exists(sample.dir.path() / "worst_mistakes.png"));
}

TEST(CategoricalMetrics, HaveAPrefixForTheirTask) {
  ClassTally tally({"a", "b", "c"}, 1);
  tally.add(answers({0}), torch::tensor({0}), 0);

  const auto metrics = categorical_metrics(tally, "color ");

  EXPECT_EQ(metrics.at("color recall").at("a"), 1.0);
  EXPECT_EQ(metrics.at("color confusion_matrix a").at("a"), 1.0);
}

}  // namespace athanor::engine
