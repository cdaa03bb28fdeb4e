#include "athanor/datasets/findings.hpp"

#include <gtest/gtest.h>

#include "athanor/core/limits.hpp"

namespace athanor::datasets {
namespace {

TEST(Findings, ListSomeFaultsAndCountAll) {
  Findings findings;
  for (std::size_t i = 0; i < limits::report_faults + 5; ++i) {
    findings.add(
        {"empty_file", "images/" + std::to_string(i), std::nullopt, "it is empty", "mend"});
  }
  findings.add({"label_line", "labels/a.txt", 3, "too few columns", "mend"});
  const auto json = findings.to_json();
  EXPECT_EQ(json.at("total"), limits::report_faults + 6);
  EXPECT_EQ(json.at("by_kind").at("label_line"), 1);
  EXPECT_EQ(json.at("listed").size(), limits::report_faults);
}

TEST(Findings, ShowFileLineAndMend) {
  Findings findings;
  findings.add({"label_line", "labels/a.txt", 3, "too few columns", "add them"});
  EXPECT_EQ(to_text(findings.to_json().at("listed").at(0)),
            R"({"kind":"label_line","severity":"warning","file":"labels/a.txt","line":3,)"
            R"("message":"too few columns","mend":"add them"})");
}

TEST(Findings, CountNamesUpToTheLimitAndTheRestTogether) {
  Findings findings;
  for (std::size_t i = 0; i < limits::report_names + 7; ++i) {
    findings.count("objects", std::to_string(i));
  }
  findings.count("objects", "0", 4);
  const auto counts = findings.counts("objects");
  EXPECT_EQ(counts.size(), limits::report_names + 1);
  EXPECT_EQ(counts.at("..."), 7);
  EXPECT_EQ(counts.at("0"), 5);
  EXPECT_TRUE(findings.counts("others").empty());
}

TEST(Findings, CountNamesOfAllGroupsUpToTheirOwnLimit) {
  Findings findings;
  constexpr std::size_t groups = limits::report_names_in_all / limits::report_names + 1;
  for (std::size_t group = 0; group < groups; ++group) {
    for (std::size_t i = 0; i < limits::report_names; ++i) {
      findings.count("train.csv " + std::to_string(group), std::to_string(i));
    }
  }
  findings.count("train.csv 0", "0");

  const auto last = findings.counts("train.csv " + std::to_string(groups - 1));
  EXPECT_EQ(last.size(), 1U);
  EXPECT_EQ(last.at("..."), limits::report_names);
  EXPECT_EQ(findings.counts("train.csv 0").at("0"), 2);
}

TEST(Findings, CountNamesTogetherThatAreTheSameInJson) {
  Findings findings;
  findings.count("characters", "\xbf");
  findings.count("characters", "\xbd");
  const auto counts = findings.counts("characters");
  EXPECT_EQ(counts.size(), 1U);
  EXPECT_TRUE(parse_json(to_text(counts)));
}

}  // namespace
}  // namespace athanor::datasets
