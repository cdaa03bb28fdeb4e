#include "athanor/api/body_fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::api {
namespace {

using ::testing::HasSubstr;

constexpr const char* some_id = "0b5f7f85-fa44-4406-91ed-6b730e4b6fa1";

TEST(BodyFields, RefusesABodyThatIsNoObject) {
  EXPECT_FALSE(BodyFields::of(Json::array()));
  EXPECT_FALSE(BodyFields::of(Json("text")));
}

TEST(BodyFields, NamesTheFieldOfAWrongType) {
  const Json body = {{"name", 7}, {"public", "yes"}, {"automl_R", 2.5}};
  const auto fields = BodyFields::of(body);

  EXPECT_THAT(fields->text("name").error().message, HasSubstr("\"name\""));
  EXPECT_THAT(fields->boolean("public").error().message, HasSubstr("\"public\""));
  EXPECT_THAT(fields->positive_integer("automl_R").error().message, HasSubstr("\"automl_R\""));
}

TEST(BodyFields, TakesNullAsNotGiven) {
  const Json body = {{"name", nullptr}};

  EXPECT_EQ(BodyFields::of(body)->text("name").value(), std::nullopt);
}

TEST(BodyFields, WantsLogosToHaveSchemeAndHost) {
  for (const char* bad : {"logo.png", "/logo.png", "https://", "://host", "http:///x", "a b://c"}) {
    const Json body = {{"logo", bad}};
    EXPECT_FALSE(BodyFields::of(body)->url("logo")) << bad;
  }
  const Json body = {{"logo", "https://example.org/logo.png"}};
  EXPECT_TRUE(BodyFields::of(body)->url("logo"));
}

TEST(BodyFields, ClearsLinksByNullEmptyTextAndEmptyList) {
  for (const Json& empty : {Json(nullptr), Json(""), Json::array(), Json::array({nullptr})}) {
    Json body = Json::object();
    body["ptm"] = empty;
    const auto change = BodyFields::of(body)->link("ptm");
    ASSERT_TRUE(change) << empty;
    EXPECT_TRUE(change->given) << empty;
    EXPECT_TRUE(change->ids.empty()) << empty;
  }
}

TEST(BodyFields, TakesALinkAsTextOrAsAListOfOne) {
  for (const Json& given : {Json(some_id), Json::array({some_id})}) {
    Json body = Json::object();
    body["ptm"] = given;
    const auto change = BodyFields::of(body)->link("ptm");
    ASSERT_TRUE(change) << given;
    ASSERT_EQ(change->ids.size(), 1U);
    EXPECT_EQ(change->ids.front().to_string(), some_id);
  }
}

TEST(BodyFields, RefusesTwoIdsWhereOneFits) {
  Json body = Json::object();
  body["eval_dataset"] = Json::array({some_id, some_id});

  EXPECT_THAT(BodyFields::of(body)->link("eval_dataset").error().message,
              HasSubstr("eval_dataset"));
}

}  // namespace
}  // namespace athanor::api
