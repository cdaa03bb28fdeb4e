#include "athanor/prune/selection.hpp"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::prune {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Layers with filters of one number, which is its norm.
class WeighedLayers {
 public:
  Channels add(const std::string& name, const std::vector<double>& norms) {
    const auto count = static_cast<std::int64_t>(norms.size());
    auto channels = graph.classes.add(count);
    graph.makers.push_back(name);
    graph.slots[{name, 0}] = {channels, false};
    weights.push_back({name, torch::tensor(norms, torch::kDouble).reshape({count, 1, 1, 1})});
    return channels;
  }

  /// Whether each of the channels goes.
  [[nodiscard]] std::vector<bool> pruned(const Channels& channels, const Options& options) const {
    const auto selected = select_pruned(graph, weights, options);
    std::vector<bool> goes;
    for (const auto channel : channels) {
      goes.push_back(selected.value().contains(graph.classes.class_of(channel)));
    }
    return goes;
  }

  ChannelGraph graph;
  tensor::NamedTensors weights;
};

Options above(double threshold) {
  Options options;
  options.threshold = threshold;
  options.granularity = 1;
  options.min_num_filters = 1;
  return options;
}

}  // namespace

TEST(Selection, KeepsFiltersWhoseShareOfTheLargestIsAboveTheThreshold) {
  WeighedLayers layers;
  const auto channels = layers.add("conv.weight", {4, 2, 1, 3});

  EXPECT_THAT(layers.pruned(channels, above(0.5)), ElementsAre(false, true, true, false));
}

TEST(Selection, DividesByTheNormOfAllOverTheirNumberForL2) {
  WeighedLayers layers;
  const auto channels = layers.add("conv.weight", {3, 4, 0, 0});
  auto options = above(2.5);
  options.normalizer = Normalizer::l2;

  // The norm of all is 5, over 4 filters: 2.4 and 3.2.
  EXPECT_THAT(layers.pruned(channels, options), ElementsAre(true, false, true, true));
}

TEST(Selection, RoundsUpToTheGranularityWithTheNextStrongest) {
  WeighedLayers layers;
  const auto channels = layers.add("conv.weight", {10, 1, 3, 2, 1, 1});
  auto options = above(0.5);
  options.granularity = 4;

  EXPECT_THAT(layers.pruned(channels, options),
              ElementsAre(false, false, false, false, true, true));
}

TEST(Selection, KeepsTheLeastNumberOrAll) {
  WeighedLayers layers;
  const auto three = layers.add("three.weight", {10, 1, 1});
  const auto five = layers.add("five.weight", {10, 1, 1, 1, 1});
  auto options = above(0.5);
  options.min_num_filters = 4;

  EXPECT_THAT(layers.pruned(three, options), ElementsAre(false, false, false));
  EXPECT_THAT(layers.pruned(five, options), ElementsAre(false, false, false, false, true));
}

TEST(Selection, EqualisesWhatGoesTogether) {
  WeighedLayers layers;
  const auto first = layers.add("first.weight", {10, 10, 1, 1});
  const auto second = layers.add("second.weight", {1, 8, 2, 20});
  layers.graph.classes.unite(first, second);
  auto options = above(0.3);
  const auto pruned_by = [&](Equalization equalization) {
    options.equalization = equalization;
    return layers.pruned(first, options);
  };

  // Of the first: 1, 1, 0.1, 0.1; of the second: 0.05, 0.4, 0.1, 1.
  EXPECT_THAT(pruned_by(Equalization::largest), ElementsAre(false, false, true, false));
  EXPECT_THAT(pruned_by(Equalization::smallest), ElementsAre(true, false, true, true));
  EXPECT_THAT(pruned_by(Equalization::arithmetic_mean), ElementsAre(false, false, true, false));
  options.threshold = 0.25;
  EXPECT_THAT(pruned_by(Equalization::geometric_mean), ElementsAre(true, false, true, false));
}

TEST(Selection, CountsEveryFilterOfAClass) {
  WeighedLayers layers;
  const auto channels = layers.add("conv.weight", {9, 8, 1, 1, 7, 6, 1, 1});
  layers.graph.classes.unite_parts(channels, 2);
  auto options = above(0.1);
  options.threshold = 0.95;
  options.granularity = 4;

  EXPECT_THAT(layers.pruned(channels, options),
              ElementsAre(false, false, true, true, false, false, true, true));
}

TEST(Selection, LeavesProtectedChannelsAlone) {
  WeighedLayers layers;
  const auto channels = layers.add("conv.weight", {1, 10, 1});
  layers.graph.classes.protect(channels[0], "is wanted");

  EXPECT_THAT(layers.pruned(channels, above(0.5)), ElementsAre(false, false, true));
}

TEST(Selection, RefusesToLeaveNothing) {
  WeighedLayers layers;
  (void)layers.add("conv.weight", {1, 2});
  auto options = above(1);
  options.min_num_filters = 0;

  const auto selected = select_pruned(layers.graph, layers.weights, options);

  ASSERT_FALSE(selected);
  EXPECT_THAT(selected.error().message,
              ::testing::AllOf(HasSubstr("conv.weight"), HasSubstr("min_num_filters")));
}

TEST(Selection, RefusesWeightsThatAreNoNumbers) {
  WeighedLayers layers;
  (void)layers.add("conv.weight", {1, std::numeric_limits<double>::quiet_NaN()});

  const auto selected = select_pruned(layers.graph, layers.weights, above(0.5));

  ASSERT_FALSE(selected);
  EXPECT_THAT(selected.error().message, HasSubstr("conv.weight"));
}

TEST(Selection, TakesALayerOfZerosForWeak) {
  WeighedLayers layers;
  const auto channels = layers.add("conv.weight", {0, 0, 0});

  EXPECT_THAT(layers.pruned(channels, above(0)), ElementsAre(false, true, true));
}

}  // namespace athanor::prune
