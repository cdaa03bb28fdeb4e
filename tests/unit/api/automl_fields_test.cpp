#include "athanor/api/automl_fields.hpp"

#include <gtest/gtest.h>

#include "athanor/api/record_json.hpp"

namespace athanor::api {
namespace {

Json applied(const Json& body) {
  auto automl = automl_off();
  const auto request = parse_automl(*BodyFields::of(body));
  EXPECT_TRUE(request);
  EXPECT_TRUE(apply_automl(*request, true, automl));
  return automl;
}

TEST(AutomlFields, AreIgnoredWithoutTheFlag) {
  EXPECT_EQ(applied({{"automl_R", 9}}), automl_off());
}

TEST(AutomlFields, FillDefaultsWhenEnabled) {
  const auto automl = applied({{"automl_enabled", true}, {"automl_R", 9}});

  EXPECT_EQ(automl["automl_algorithm"], "Bayesian");
  EXPECT_EQ(automl["metric"], "map");
  EXPECT_EQ(automl["automl_R"], 9);
}

TEST(AutomlFields, RefuseAnUnknownAlgorithm) {
  const Json body = {{"automl_enabled", true}, {"automl_algorithm", "magic"}};

  EXPECT_FALSE(parse_automl(*BodyFields::of(body)));
}

TEST(AutomlFields, HoldListsInTheWayOfPythonOrJson) {
  const std::vector<std::string> names = {"a.b", "c"};

  EXPECT_EQ(*parse_parameter_list("['a.b', 'c']"), names);
  EXPECT_EQ(*parse_parameter_list(R"(["a.b","c"])"), names);
  EXPECT_TRUE(parse_parameter_list("")->empty());
  EXPECT_TRUE(parse_parameter_list("[]")->empty());
}

TEST(AutomlFields, RefuseListsOfAnythingElse) {
  EXPECT_FALSE(parse_parameter_list("a.b"));
  EXPECT_FALSE(parse_parameter_list("[1]"));
  EXPECT_FALSE(parse_parameter_list("['a.b'"));
  EXPECT_FALSE(parse_parameter_list("{}"));

  const Json body = {{"automl_add_hyperparameters", "__import__('os')"}};
  const auto request = parse_automl(*BodyFields::of(body));
  ASSERT_FALSE(request);
  EXPECT_NE(request.error().message.find("automl_add_hyperparameters"), std::string::npos);
}

TEST(AutomlFields, AreRefusedWhereTheNetworkHasNone) {
  auto automl = automl_off();
  const Json body = {{"automl_enabled", true}};

  EXPECT_FALSE(apply_automl(*parse_automl(*BodyFields::of(body)), false, automl));
  EXPECT_EQ(automl, automl_off());
}

}  // namespace
}  // namespace athanor::api
