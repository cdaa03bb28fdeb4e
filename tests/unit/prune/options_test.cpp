#include "athanor/prune/options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::prune {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(PruningOptions, ReadsEveryParameter) {
  const auto options = read_options({{"pruning_threshold", 0.7},
                                     {"pruning_granularity", 4},
                                     {"min_num_filters", 2},
                                     {"normalizer", "L2"},
                                     {"equalization_criterion", "geometric_mean"},
                                     {"excluded_layers", "conv1"}});

  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->threshold, 0.7);
  EXPECT_EQ(options->granularity, 4);
  EXPECT_EQ(options->min_num_filters, 2);
  EXPECT_EQ(options->normalizer, Normalizer::l2);
  EXPECT_EQ(options->equalization, Equalization::geometric_mean);
  EXPECT_THAT(options->excluded_layers, ElementsAre("conv1"));
}

TEST(PruningOptions, TakesSeveralLayersInATextOrAList) {
  EXPECT_THAT(read_options({{"excluded_layers", " conv1, layer1.0  fc "}})->excluded_layers,
              ElementsAre("conv1", "layer1.0", "fc"));
  EXPECT_THAT(read_options({{"excluded_layers", Json::array({"conv1", "fc"})}})->excluded_layers,
              ElementsAre("conv1", "fc"));
  EXPECT_THAT(read_options({{"excluded_layers", ""}})->excluded_layers, IsEmpty());
}

TEST(PruningOptions, NamesWhatItDoesNotKnow) {
  EXPECT_THAT(read_options({{"normalizer", "L3"}}).error().message, HasSubstr("normalizer"));
  EXPECT_THAT(read_options({{"excluded_layers", Json::array({3})}}).error().message,
              HasSubstr("excluded_layers"));
}

}  // namespace athanor::prune
