#include "athanor/catalog/chaining.hpp"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace athanor::catalog {
namespace {

/// One line of the contract's table 6.2, written out again by hand.
struct Line {
  JobOwner owner;
  std::string child;
  std::set<std::string> parents;
  bool needs_parent;
};

const std::vector<Line> contract_table{
    {JobOwner::model, "train", {}, false},
    {JobOwner::model, "evaluate", {"train", "prune", "retrain", "export", "convert"}, false},
    {JobOwner::model, "inference", {"train", "prune", "retrain", "export", "convert"}, false},
    {JobOwner::model, "prune", {"train", "retrain"}, true},
    {JobOwner::model, "retrain", {"train", "prune"}, true},
    {JobOwner::model, "export", {"train", "prune", "retrain"}, true},
    {JobOwner::model, "convert", {"export"}, true},
    {JobOwner::model, "calibration_tensorfile", {"train", "prune", "retrain"}, true},
    {JobOwner::model, "confmat", {"train", "prune", "retrain"}, false},
    {JobOwner::dataset, "convert", {"augment"}, false},
    {JobOwner::dataset, "convert_and_index", {"augment"}, false},
    {JobOwner::dataset, "convert_efficientdet", {"augment"}, false},
    {JobOwner::dataset, "augment", {}, false},
    {JobOwner::dataset, "kmeans", {}, false},
    {JobOwner::model, "finetune", {"train"}, false},
    {JobOwner::model, "pitch_stats", {"dataset_convert"}, false},
    {JobOwner::model, "dataset_convert", {}, false},
};

class Chaining : public testing::TestWithParam<Line> {};

TEST_P(Chaining, AllowsTheParentsOfTheContractAndNoOther) {
  for (const Line& parent : contract_table) {
    EXPECT_EQ(may_follow(GetParam().owner, GetParam().child, parent.child),
              GetParam().parents.contains(parent.child))
        << "after " << parent.child;
  }
}

TEST_P(Chaining, NeedsAParentWhereTheContractSaysSo) {
  EXPECT_EQ(chaining_rule(GetParam().owner, GetParam().child).needs_parent,
            GetParam().needs_parent);
}

INSTANTIATE_TEST_SUITE_P(Table, Chaining, testing::ValuesIn(contract_table), [](const auto& line) {
  return (line.param.owner == JobOwner::model ? "model_" : "dataset_") + line.param.child;
});

TEST(ChainingRule, OfAnUnknownActionAllowsNoParentAndNeedsNone) {
  for (const auto owner : {JobOwner::dataset, JobOwner::model}) {
    const auto rule = chaining_rule(owner, "juggle");
    EXPECT_TRUE(rule.parents.empty());
    EXPECT_FALSE(rule.needs_parent);
  }
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
