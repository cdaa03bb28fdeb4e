#include "athanor/catalog/chaining.hpp"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace athanor::catalog {
namespace {

/// One line of the contract's table 6.2, written out again by hand.
struct Line {
  std::string child;
  std::set<std::string> parents;
  bool needs_parent;
};

const std::vector<Line> contract_table{
    {"train", {}, false},
    {"evaluate", {"train", "prune", "retrain", "export", "convert"}, false},
    {"inference", {"train", "prune", "retrain", "export", "convert"}, false},
    {"prune", {"train", "retrain"}, true},
    {"retrain", {"train", "prune"}, true},
    {"export", {"train", "prune", "retrain"}, true},
    {"convert", {"export"}, true},
    {"calibration_tensorfile", {"train", "prune", "retrain"}, true},
    {"confmat", {"train", "prune", "retrain"}, false},
    {"finetune", {"train"}, false},
};

class Chaining : public testing::TestWithParam<Line> {};

TEST_P(Chaining, AllowsTheParentsOfTheContractAndNoOther) {
  for (const Line& parent : contract_table) {
    EXPECT_EQ(may_follow(GetParam().child, parent.child), GetParam().parents.contains(parent.child))
        << "after " << parent.child;
  }
}

TEST_P(Chaining, NeedsAParentWhereTheContractSaysSo) {
  EXPECT_EQ(chaining_rule(GetParam().child).needs_parent, GetParam().needs_parent);
}

INSTANTIATE_TEST_SUITE_P(Table, Chaining, testing::ValuesIn(contract_table), [](const auto& line) {
  return line.param.child;
});

TEST(ChainingRule, OfAnUnknownActionAllowsNoParentAndNeedsNone) {
  const auto rule = chaining_rule("juggle");
  EXPECT_TRUE(rule.parents.empty());
  EXPECT_FALSE(rule.needs_parent);
}

TEST(IsTraining, LeavesOutWhatMakesWeightsOtherwise) {
  EXPECT_TRUE(is_training("train"));
  EXPECT_TRUE(is_training("retrain"));
  EXPECT_FALSE(is_training("prune"));
  EXPECT_FALSE(is_training(""));
}

// S2.16
TEST(CanResume, IsForTrainingsAlone) {
  EXPECT_TRUE(can_resume("train"));
  EXPECT_TRUE(can_resume("retrain"));
  EXPECT_FALSE(can_resume("evaluate"));
  EXPECT_FALSE(can_resume("prune"));
}

}  // namespace
}  // namespace athanor::catalog
