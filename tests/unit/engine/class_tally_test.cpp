#include "athanor/engine/class_tally.hpp"

#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>

#include "athanor/core/files.hpp"
#include "athanor/data/image.hpp"

namespace athanor::engine {

namespace {

using athanor::testing::TempDir;
using ::testing::HasSubstr;

/// Logits that make class `likeliest[i]` of three the answer to picture i, the surer the larger
/// `scale`.
torch::Tensor answers(const std::vector<std::int64_t>& likeliest, double scale = 2) {
  return torch::one_hot(torch::tensor(likeliest), 3).to(torch::kFloat32) * scale;
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
  const TempDir dir;
  const auto picture = dir.path() / "images_val/x.png";
  std::filesystem::create_directories(picture.parent_path());
  ASSERT_TRUE(data::write_image(picture, cv::Mat(8, 8, CV_8UC3, cv::Scalar(1, 2, 3))));
  ClassTally tally({"a", "b", "c"}, 1);
  tally.add(answers({1}), torch::tensor({0}), 0);

  write_tally(tally, std::vector{picture}, dir.path(), dir.path() / "out");

  EXPECT_THAT(read_file(dir.path() / "out/worst_mistakes.csv").value(),
              HasSubstr("images_val/x.png,a,b,0.7"));
  EXPECT_THAT(read_file(dir.path() / "out/confusion_matrix.csv").value(), HasSubstr("\na,0,1,0\n"));
  for (const auto* name : {"confusion_matrix.png", "worst_mistakes.png"}) {
    EXPECT_TRUE(data::read_image(dir.path() / "out" / name, data::Channels::color)) << name;
  }
}

TEST(WriteTally, WritesNoMistakesWhereThereAreNone) {
  const TempDir dir;
  ClassTally tally({"a", "b", "c"}, 1);
  tally.add(answers({0}), torch::tensor({0}), 0);

  write_tally(tally, std::vector<std::filesystem::path>{"x.png"}, dir.path(), dir.path());

  EXPECT_FALSE(std::filesystem::exists(dir.path() / "worst_mistakes.png"));
}

TEST(CategoricalMetrics, HaveAPrefixForTheirTask) {
  ClassTally tally({"a", "b", "c"}, 1);
  tally.add(answers({0}), torch::tensor({0}), 0);

  const auto metrics = categorical_metrics(tally, "color ");

  EXPECT_EQ(metrics.at("color recall").at("a"), 1.0);
  EXPECT_EQ(metrics.at("color confusion_matrix a").at("a"), 1.0);
}

}  // namespace athanor::engine
