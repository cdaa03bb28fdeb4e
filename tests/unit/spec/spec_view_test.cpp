#include "athanor/spec/spec_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/spec/keys/classification.hpp"
#include "athanor/spec/keys/detectnet_v2.hpp"
#include "athanor/spec/schema.hpp"

namespace athanor::spec {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;

constexpr Key<std::int64_t> count{"a.count"};
constexpr Key<double> rate{"a.rate"};
constexpr Key<std::vector<double>> points{"a.points"};

SpecView view(const char* text) {
  return SpecView(Json::parse(text));
}

template <class F>
std::string thrown(F&& read) {
  try {
    read();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(SpecView, ReadsValuesOfTheirType) {
  const auto spec = view(R"({"a": {"count": 3, "rate": 2}})");
  EXPECT_EQ(spec.get(count), 3);
  EXPECT_EQ(spec.get(rate), 2.0);
}

TEST(SpecView, NamesTheMissingPath) {
  const auto spec = view("{}");
  EXPECT_EQ(thrown([&] { static_cast<void>(spec.get(count)); }),
            "a.count is missing from the spec; set it");
}

TEST(SpecView, NamesThePathOfAWrongType) {
  const auto spec = view(R"({"a": {"count": "three"}})");
  EXPECT_THAT(thrown([&] { static_cast<void>(spec.get(count)); }),
              HasSubstr("a.count must be an integer"));
}

TEST(SpecView, FindsNothingWhereAValueIsAbsentOrNull) {
  EXPECT_EQ(view("{}").find(count), std::nullopt);
  EXPECT_EQ(view(R"({"a": {"count": null}})").find(count), std::nullopt);
  EXPECT_FALSE(view(R"({"a": null})").has("a"));
}

TEST(SpecView, ReadsListsOfNumbers) {
  EXPECT_THAT(view(R"({"a": {"points": [1, 0.5]}})").find(points), Optional(ElementsAre(1.0, 0.5)));
}

TEST(SpecView, ReadsASingleNumberAsAListOfOne) {
  EXPECT_THAT(view(R"({"a": {"points": 2}})").find(points), Optional(ElementsAre(2.0)));
}

TEST(ReadInto, KeepsTheTargetWhereTheSpecHasNoValue) {
  int target = 7;

  read_into(view("{}"), count, target);
  EXPECT_EQ(target, 7);

  read_into(view(R"({"a": {"count": 3}})"), count, target);
  EXPECT_EQ(target, 3);
}

TEST(Keys, ReadTheDefaultSpecOfTheirNetwork) {
  namespace keys = keys::classification;
  const SpecView spec(defaults(*find_table("classification", "train")));
  EXPECT_EQ(spec.get(keys::train_config::n_epochs), 80);
  EXPECT_EQ(spec.get(keys::model_config::arch), "resnet");
  EXPECT_TRUE(spec.get(keys::model_config::all_projections));
  EXPECT_EQ(spec.get(keys::train_config::optimizer::sgd::momentum), 0.9);
  EXPECT_EQ(spec.get(keys::athanor::stem), "imagenet");
}

TEST(Keys, TellWhetherASectionIsGiven) {
  namespace keys = keys::classification;
  const SpecView spec(defaults(*find_table("classification", "train")));
  EXPECT_NE(spec.find(keys::train_config::optimizer::sgd::self), nullptr);
  EXPECT_EQ(spec.find(keys::train_config::optimizer::adam::self), nullptr);
}

TEST(Keys, ReadItemsOfListsByPathsOfTheirOwn) {
  namespace keys = keys::detectnet_v2;
  const SpecView spec(defaults(*find_table("detectnet_v2", "train")));
  const Json* items = spec.find(keys::classwise_config);
  ASSERT_NE(items, nullptr);
  const SpecView item(items->at(0));
  EXPECT_EQ(item.get(keys::classwise_config_item::value::cost_function_config::class_weight), 4.0);
}

}  // namespace
}  // namespace athanor::spec
