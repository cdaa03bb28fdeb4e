#include "athanor/datasets/data_facts.hpp"

#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/datasets/survey.hpp"

namespace athanor::datasets {

namespace {

using athanor::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

/// What a report on these files tells.
preflight::DataFacts facts_of(const std::map<std::string, std::string>& files,
                              const std::string& format) {
  const TempDir folder;
  for (const auto& [name, content] : files) {
    std::filesystem::create_directories((folder.path() / name).parent_path());
    EXPECT_TRUE(write_file_atomic(folder.path() / name, content));
  }
  auto report = to_json(survey(folder.path(), "image_classification", format).value());
  report["type"] = "image_classification";
  report["format"] = format;
  return data_facts_of(report);
}

}  // namespace

TEST(DataFacts, AreTheClassFoldersOfADataset) {
  const auto facts = facts_of({{"images_train/cat/1.png", "x"},
                               {"images_train/cat/deep/2.png", "x"},
                               {"images_train/dog/1.png", "xyz"}},
                              "default");

  EXPECT_EQ(facts.format, "default");
  EXPECT_EQ(facts.bytes, 5U);
  ASSERT_TRUE(facts.classes);
  EXPECT_THAT(*facts.classes, ElementsAre(Pair("cat", 2), Pair("dog", 1)));
  ASSERT_TRUE(facts.tables);
  EXPECT_TRUE(facts.tables->empty());
}

TEST(DataFacts, DoNotTakeOtherFoldersForClasses) {
  EXPECT_FALSE(
      facts_of({{"images_train/cat/1.png", "x"}, {"drafts/old/1.png", "x"}}, "default").classes);
}

TEST(DataFacts, AreTheColumnsOfTables) {
  const auto facts = facts_of({{"images_train/1.png", "x"},
                               {"images_train/2.png", "x"},
                               {"val.csv", "fname,tint,shade\n1.png,red,\n2.png,blue,dark\n"}},
                              "custom");

  ASSERT_TRUE(facts.tables);
  ASSERT_EQ(facts.tables->size(), 1U);
  const auto& table = facts.tables->at("val.csv");
  EXPECT_EQ(table.fault, "");
  EXPECT_THAT(table.columns.at("tint"), ElementsAre(Pair("blue", 1), Pair("red", 1)));
  EXPECT_THAT(table.columns.at("shade"), ElementsAre(Pair("", 1), Pair("dark", 1)));
}

TEST(DataFacts, HaveTheFirstFaultOfATable) {
  const auto facts = facts_of(
      {{"images_train/1.png", "x"}, {"train.csv", "fname,tint\n1.png,red\n\n2.png,red\n3.png\n"}},
      "custom");

  EXPECT_THAT(facts.tables->at("train.csv").fault,
              HasSubstr("train.csv:4: images_train/2.png is not there; add"));
}

TEST(DataFacts, LeaveOutWhatAReportDidNotCountToTheEnd) {
  std::map<std::string, std::string> files{{"images_train/1.png", "x"}};
  auto& rows = files["train.csv"] = "fname,number\n";
  for (std::size_t i = 0; i <= limits::report_names; ++i) {
    rows += "1.png," + std::to_string(i) + "\n";
  }

  EXPECT_FALSE(facts_of(files, "custom").tables);
}

TEST(DataFacts, LeaveOutNamesThatAReportShowsInAnotherWay) {
  EXPECT_FALSE(
      facts_of({{"images_train/1.png", "x"}, {"train.csv", "fname,a\tb\n1.png,red\n"}}, "custom")
          .tables);
}

TEST(DataFacts, AreFewOfAnEmptyReport) {
  const auto facts = data_facts_of(Json::object());

  EXPECT_FALSE(facts.classes);
  EXPECT_FALSE(facts.tables);
  EXPECT_FALSE(facts.bytes);
}

}  // namespace athanor::datasets
