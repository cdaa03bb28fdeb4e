#include "athanor/catalog/pruning.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::catalog {

using ::testing::HasSubstr;

TEST(PruningFault, IsNoneForOrdinarySpecs) {
  EXPECT_EQ(pruning_fault(Json::object()), "");
  EXPECT_EQ(pruning_fault({{"pruning_threshold", 0.6},
                           {"pruning_granularity", 8},
                           {"min_num_filters", 16},
                           {"normalizer", "max"}}),
            "");
}

TEST(PruningFault, NamesWhatLeavesNothing) {
  const Json spec{{"pruning_threshold", 1.0}, {"min_num_filters", 0}, {"normalizer", "max"}};

  EXPECT_THAT(pruning_fault(spec),
              ::testing::AllOf(HasSubstr("pruning_threshold"), HasSubstr("min_num_filters")));
}

TEST(PruningFault, KnowsThatL2NormsMayBeAboveOne) {
  EXPECT_EQ(
      pruning_fault({{"pruning_threshold", 1.0}, {"min_num_filters", 0}, {"normalizer", "L2"}}),
      "");
}

TEST(PruningFault, NamesNumbersOutOfRange) {
  EXPECT_THAT(pruning_fault({{"pruning_granularity", 0}}), HasSubstr("pruning_granularity"));
  EXPECT_THAT(pruning_fault({{"min_num_filters", -1}}), HasSubstr("min_num_filters"));
}

}  // namespace athanor::catalog
