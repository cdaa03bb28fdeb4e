#include "athanor/spec/schema.hpp"

#include <array>

#include <gtest/gtest.h>

namespace athanor::spec {
namespace {

constexpr std::array<std::string_view, 2> kinds{"L1", "L2"};
constexpr std::array<std::string_view, 2> depths{"10", "18"};

/// A table that has one of everything.
constexpr std::array rows{
    Parameter{.path = "version", .type = Type::string, .default_json = "\"1\"", .constant = true},
    Parameter{.path = "opt", .type = Type::object, .title = "Optimiser"},
    Parameter{.path = "opt.lr",
              .type = Type::number,
              .default_json = "0.001",
              .minimum = 0.0,
              .title = "Learning rate",
              .popular = true,
              .effective = true,
              .automl = AutomlUse::searched},
    Parameter{.path = "opt.kind", .type = Type::string, .options = kinds, .required = true},
    Parameter{.path = "opt.key", .type = Type::string, .required = true, .hidden = true},
    Parameter{.path = "unset", .type = Type::object},
    Parameter{.path = "unset.value", .type = Type::number},
    Parameter{.path = "given", .type = Type::object, .default_json = "{}"},
    Parameter{.path = "layers",
              .type = Type::integer,
              .default_json = "18",
              .minimum = 1.0,
              .maximum = 200.0,
              .options = depths},
    Parameter{.path = "items", .type = Type::list},
    Parameter{.path = "items.name",
              .type = Type::string,
              .default_json = "\"car\"",
              .regex = "^[a-z]+$",
              .required = true},
    Parameter{.path = "pairs", .type = Type::list},
    Parameter{.path = "pairs.key", .type = Type::string},
    Parameter{.path = "betas", .type = Type::list, .item = Type::number, .default_json = "[0.9]"},
};
const Table table{"toy", "train", rows};

const Json& property(const Json& node, const char* name) {
  return node["properties"].at(name);
}

TEST(Schema, NestsDefaultsToACompleteSpecAtTheRoot) {
  EXPECT_EQ(defaults(table), Json::parse(R"({
    "version": "1", "opt": {"lr": 0.001}, "given": {}, "layers": 18,
    "items": [{"name": "car"}], "pairs": [], "betas": [0.9]})"));
}

/// Rows whose defaults follow pretrained weights.
constexpr std::array followers{
    Parameter{.path = "epochs", .type = Type::integer, .default_json = "80", .ptm_json = "12"},
    Parameter{
        .path = "arch", .type = Type::string, .default_json = "\"a\"", .ptm_property = "arch"},
    Parameter{.path = "frozen", .type = Type::boolean, .ptm_json = "true"},
    Parameter{.path = "bias", .type = Type::boolean, .ptm_property = "bias"},
};
const Table follower_table{"toy", "train", followers};

TEST(Schema, TakesOwnDefaultsWithoutPretrainedWeights) {
  EXPECT_EQ(defaults(follower_table), Json::parse(R"({"epochs": 80, "arch": "a"})"));
}

TEST(Schema, TakesDefaultsOfPretrainedWeights) {
  const SchemaContext context{.pretrained = true, .pretrained_properties = {{"arch", "b"}}};
  EXPECT_EQ(defaults(follower_table, context),
            Json::parse(R"({"epochs": 12, "arch": "b", "frozen": true})"));
}

TEST(Schema, TakesDefaultsOfTheTrainingThatMadeTheWeights) {
  SchemaContext context{.pretrained = true};
  context.pretrained_specs.push_back(Json::parse(R"({"arch": "c", "epochs": 5, "bias": false})"));
  EXPECT_EQ(defaults(follower_table, context),
            Json::parse(R"({"epochs": 12, "arch": "c", "frozen": true, "bias": false})"));
}

TEST(Schema, TakesWhatTheLastTrainingDoesNotTellFromTheOneBeforeIt) {
  SchemaContext context;
  context.pretrained_specs.push_back(Json::parse(R"({"bias": true, "arch": null})"));
  context.pretrained_specs.push_back(Json::parse(R"({"bias": false, "arch": "c"})"));
  EXPECT_EQ(defaults(follower_table, context),
            Json::parse(R"({"epochs": 80, "arch": "c", "bias": true})"));
}

TEST(Schema, RepeatsTheNestedDefaultInEveryObject) {
  const Json root = schema(table);
  EXPECT_EQ(property(root, "opt")["default"], Json({{"lr", 0.001}}));
}

TEST(Schema, LeavesTheDefaultOutWhereNothingBelowHasOne) {
  const Json root = schema(table);
  EXPECT_FALSE(property(root, "unset").contains("default"));
}

TEST(Schema, ListsAtEveryLevelTheKeyThatLeadsToARequiredLeaf) {
  const Json root = schema(table);
  EXPECT_EQ(root["required"], Json({"opt", "items"}));
  EXPECT_EQ(property(root, "opt")["required"], Json::array({"kind"}));
  EXPECT_EQ(property(root, "items")["items"]["required"], Json::array({"name"}));
}

TEST(Schema, ListsAtEveryLevelTheKeyThatLeadsToAPopularLeaf) {
  const Json root = schema(table);
  EXPECT_EQ(root["popular"], Json::array({"opt"}));
  EXPECT_EQ(property(root, "opt")["popular"], Json::array({"lr"}));
}

TEST(Schema, ListsSearchedParametersAtTheRootAndInTheirParent) {
  const Json root = schema(table);
  EXPECT_EQ(root["automl_default_parameters"], Json::array({"opt.lr"}));
  EXPECT_EQ(property(root, "opt")["automl_default_parameters"], Json::array({"opt.lr"}));
}

TEST(Schema, LeavesHiddenParametersOut) {
  const Json root = schema(table);
  EXPECT_FALSE(property(root, "opt")["properties"].contains("key"));
}

TEST(Schema, ReducesConstantsToTheirValue) {
  const Json root = schema(table);
  EXPECT_EQ(property(root, "version"), Json({{"const", "1"}}));
}

TEST(Schema, OmitsInfiniteBounds) {
  const Json root = schema(table);
  const Json& rate = property(property(root, "opt"), "lr");
  EXPECT_EQ(rate["minimum"], 0.0);
  EXPECT_FALSE(rate.contains("maximum"));
}

TEST(Schema, PrintsBoundsAndOptionsOfIntegersAsIntegers) {
  const Json root = schema(table);
  const Json& layers = property(root, "layers");
  EXPECT_TRUE(layers["minimum"].is_number_integer());
  EXPECT_EQ(layers["enum"], Json({10, 18}));
}

TEST(Schema, MarksLeavesWithoutEffect) {
  const Json root = schema(table);
  const Json& opt = property(root, "opt");
  EXPECT_EQ(property(opt, "kind")["x-athanor"], "ignored");
  EXPECT_FALSE(property(opt, "lr").contains("x-athanor"));
  EXPECT_FALSE(opt.contains("x-athanor"));
}

TEST(Schema, DescribesTheItemsOfLists) {
  const Json root = schema(table);
  EXPECT_EQ(property(root, "betas")["items"], Json({{"type", "number"}}));
  EXPECT_EQ(property(root, "items")["type"], "array");
  EXPECT_EQ(property(root, "items")["items"]["properties"]["name"]["pattern"], "^[a-z]+$");
}

const SchemaContext two_classes{{"car", "person"}};

TEST(ClasswiseSchema, MapsEveryClassToItself) {
  const Json value = defaults(*find_table("detectnet_v2", "train"), two_classes);
  EXPECT_EQ(*find_path(value, "dataset_config.target_class_mapping"),
            Json::parse(R"([{"key":"car","value":"car"},{"key":"person","value":"person"}])"));
}

TEST(ClasswiseSchema, HasOneFullEntryAClass) {
  const Json value = defaults(*find_table("detectnet_v2", "train"), two_classes);
  const Json& entries = value["classwise_config"];
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[1]["key"], "person");
  EXPECT_EQ(*find_path(entries[1], "value.cost_function_config.class_weight"), 4.0);
}

TEST(ClasswiseSchema, NamesTheOutputsOfBoxHandlers) {
  const Json value = defaults(*find_table("detectnet_v2", "inference"), two_classes);
  const Json* handlers = find_path(value, "bbox_handler_config.classwise_bbox_handler_config");
  ASSERT_NE(handlers, nullptr);
  ASSERT_EQ(handlers->size(), 2U);
  EXPECT_EQ((*handlers)[0]["value"]["output_map"], "car");
  EXPECT_EQ(*find_path(value, "inferencer_config.target_classes"), Json({"car", "person"}));
}

TEST(ClasswiseSchema, KeepsTheTablesDefaultWhileClassesAreUnknown) {
  const Json value = defaults(*find_table("detectnet_v2", "train"));
  EXPECT_EQ(value["dataset_config"]["target_class_mapping"],
            Json::parse(R"([{"key":"person","value":"person"}])"));
}

}  // namespace
}  // namespace athanor::spec
