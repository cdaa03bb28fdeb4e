#include "athanor/catalog/networks.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "athanor/catalog/datasets.hpp"
#include "athanor/spec/parameter.hpp"

namespace athanor::catalog {
namespace {

bool contains(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

TEST(Networks, AreTheSixteenOfTheApi) {
  EXPECT_EQ(networks().size(), 16U);
  for (const NetworkInfo& network : networks()) {
    EXPECT_EQ(find_network(network.name), &network);
  }
}

TEST(Networks, AreFoundByTheirLaterNames) {
  EXPECT_EQ(find_network("classification_tf1"), find_network("classification"));
  EXPECT_EQ(find_network("efficientdet_tf1"), find_network("efficientdet"));
}

TEST(Networks, AreNotFoundByOtherNames) {
  EXPECT_EQ(find_network(""), nullptr);
  EXPECT_EQ(find_network("Classification"), nullptr);
  EXPECT_EQ(find_network("yolo_v5"), nullptr);
}

TEST(Networks, RunOnlyActionsThatTheyKnow) {
  for (const NetworkInfo& network : networks()) {
    for (const std::string_view action : network.runnable) {
      EXPECT_TRUE(contains(network.actions, action)) << network.name << " " << action;
    }
  }
}

TEST(Networks, HaveATableForEveryAction) {
  for (const NetworkInfo& network : networks()) {
    for (const std::string_view action : network.actions) {
      EXPECT_NE(spec::find_table(network.name, action), nullptr) << network.name << " " << action;
    }
  }
}

TEST(Networks, HaveParametersThatTakeEffectWhereTheyTrain) {
  for (const NetworkInfo& network : networks()) {
    if (contains(network.runnable, "train")) {
      const auto rows = spec::find_table(network.name, "train")->parameters;
      EXPECT_TRUE(std::ranges::any_of(rows, &spec::Parameter::effective)) << network.name;
    }
  }
}

TEST(Networks, TakeAKnownDatasetType) {
  for (const NetworkInfo& network : networks()) {
    EXPECT_NE(find_dataset_type(network.dataset_type), nullptr) << network.name;
  }
}

TEST(Networks, ThatSpeakHaveNoAutoml) {
  EXPECT_FALSE(find_network("spectro_gen")->supports_automl);
  EXPECT_FALSE(find_network("vocoder")->supports_automl);
  EXPECT_TRUE(find_network("dssd")->supports_automl);
}

TEST(CanonicalAction, TranslatesLaterAndEarlierNames) {
  EXPECT_EQ(canonical_action("gen_trt_engine"), "convert");
  EXPECT_EQ(canonical_action("convert_index"), "convert_and_index");
  EXPECT_EQ(canonical_action("convert_efficientdet_tf1"), "convert_efficientdet");
  EXPECT_EQ(canonical_action("infer"), "inference");
}

TEST(CanonicalAction, LeavesOtherNamesAlone) {
  EXPECT_EQ(canonical_action("train"), "train");
  EXPECT_EQ(canonical_action("no_such_action"), "no_such_action");
}

}  // namespace
}  // namespace athanor::catalog
