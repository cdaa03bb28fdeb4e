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

/// Of three pictures of a, one is taken for b and one for c; two of b and one of c are right. No
/// class has the same precision and recall.
ClassTally lopsided_tally() {
  ClassTally tally({"a", "b", "c"}, 1);
  tally.add(answers({0, 1, 2, 1, 1, 2}), torch::tensor({0, 0, 0, 1, 1, 2}), 0);
  return tally;
}

cv::Mat read_png(const std::filesystem::path& path) {
  return data::read_image(path, data::Channels::color).value();
}

/// A corner of a cell, beside its count, in the picture of a table of three classes: cells of 64
/// pixels end 8 pixels before the edge.
cv::Vec3b cell_in(const cv::Mat& table, int truth, int predicted) {
  const int border = table.cols - 8 - 3 * 64;
  return table.at<cv::Vec3b>(border + 64 * truth + 3, border + 64 * predicted + 3);
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

TEST(ClassTally, CountsATruthAmongTheKLikeliest) {
  ClassTally tally({"a", "b", "c"}, 2);
  // The truth comes first, second and third.
  const auto logits = torch::tensor({3.0F, 2.0F, 1.0F}).repeat({3, 1});

  tally.add(logits, torch::tensor({0, 1, 2}), 0);

  EXPECT_DOUBLE_EQ(tally.accuracy(), 1.0 / 3);
  EXPECT_DOUBLE_EQ(tally.top_k_accuracy(), 2.0 / 3);
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
  EXPECT_EQ(read_png(folder / "worst_mistakes.png").at<cv::Vec3b>(64, 116), cv::Vec3b(1, 2, 3));
  const auto matrix = read_png(folder / "confusion_matrix.png");
  const cv::Vec3b white(255, 255, 255);
  EXPECT_EQ(cell_in(matrix, 0, 0), white);
  EXPECT_NE(cell_in(matrix, 0, 1), white);
  EXPECT_EQ(cell_in(matrix, 1, 0), white);
  EXPECT_THAT(sample.log, IsEmpty());
}

TEST(WriteTally, WritesTheFiguresOfEachClass) {
  EvaluationJob sample;
  const auto& folder = sample.dir.path();
  const std::vector<std::filesystem::path> pictures(6, folder / "x.png");
  ASSERT_TRUE(data::write_image(pictures.front(), cv::Mat(8, 8, CV_8UC3, cv::Scalar::all(0))));

  write_tally(sample.job, lopsided_tally(), pictures, folder);

  EXPECT_EQ(read_file(folder / "per_class.csv").value(),
            "class,precision,recall,f1,pictures\n"
            "a,1.000000,0.333333,0.500000,3\n"
            "b,0.666667,1.000000,0.800000,2\n"
            "c,0.500000,1.000000,0.666667,1\n");
  EXPECT_EQ(read_file(folder / "confusion_matrix.csv").value(),
            "true class,a,b,c\n"
            "a,1,1,1\n"
            "b,0,2,0\n"
            "c,0,0,1\n");
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

TEST(CategoricalMetrics, TellTheFiguresOfEachClass) {
  const auto metrics = categorical_metrics(lopsided_tally());

  const auto of_b = [&metrics](const char* metric) {
    return metrics.at(metric).at("b").get<double>();
  };
  EXPECT_DOUBLE_EQ(of_b("precision"), 2.0 / 3);
  EXPECT_DOUBLE_EQ(of_b("recall"), 1);
  EXPECT_DOUBLE_EQ(of_b("f1"), 0.8);
  EXPECT_EQ(metrics.at("confusion_matrix a"), (Json{{"a", 1}, {"b", 1}, {"c", 1}}));
  EXPECT_EQ(metrics.at("confusion_matrix b"), (Json{{"a", 0}, {"b", 2}, {"c", 0}}));
}

TEST(CategoricalMetrics, HaveAPrefixForTheirTask) {
  const auto metrics = categorical_metrics(lopsided_tally(), "color ");

  EXPECT_EQ(metrics.at("color recall").at("b"), 1.0);
  EXPECT_EQ(metrics.at("color confusion_matrix a").at("b"), 1.0);
}

TEST(CategoricalMetrics, HaveNoMatrixOfMoreThan50Classes) {
  const auto metrics_of = [](std::size_t classes) {
    return categorical_metrics(ClassTally(numbered_classes(classes), 1));
  };

  EXPECT_TRUE(metrics_of(50).contains("confusion_matrix class0"));
  EXPECT_FALSE(metrics_of(51).contains("confusion_matrix class0"));
  EXPECT_EQ(metrics_of(51).at("recall").size(), 51U);
}

}  // namespace athanor::engine
