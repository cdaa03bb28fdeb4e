#include "athanor/core/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/limits.hpp"

namespace athanor {
namespace {

using ::testing::HasSubstr;

std::string refusal(std::string_view text) {
  const auto parsed = parse_json(text);
  return parsed ? "" : parsed.error().message;
}

std::string nested(std::size_t depth, char open, char close) {
  return std::string(depth, open) + std::string(depth, close);
}

TEST(ParseJson, KeepsTheOrderOfKeys) {
  EXPECT_EQ(to_text(*parse_json(R"({"z": 1, "a": 2, "m": 3})")), R"({"z":1,"a":2,"m":3})");
}

TEST(ParseJson, KeepsIntegersOf64Bits) {
  EXPECT_EQ(to_text(*parse_json("[9223372036854775807,-9223372036854775808]")),
            "[9223372036854775807,-9223372036854775808]");
}

TEST(ParseJson, NamesTheByteOfASyntaxError) {
  EXPECT_THAT(refusal(R"({"a": tru})"), HasSubstr("byte 10"));
}

TEST(ParseJson, RefusesAnEmptyText) {
  EXPECT_NE(refusal(""), "");
}

TEST(ParseJson, RefusesWhatFollowsTheValue) {
  EXPECT_NE(refusal("{} {}"), "");
}

TEST(ParseJson, NamesAKeyGivenTwice) {
  EXPECT_THAT(refusal(R"({"a": 1, "b": {"a": 2}, "a": 3})"),
              HasSubstr("the key \"a\" is given twice"));
}

TEST(ParseJson, AllowsOneKeyInSeveralObjects) {
  EXPECT_EQ(refusal(R"([{"a": 1}, {"a": {"a": 2}}])"), "");
}

TEST(ParseJson, RefusesNanAndInfinity) {
  EXPECT_NE(refusal("[NaN]"), "");
  EXPECT_NE(refusal("[Infinity]"), "");
  EXPECT_NE(refusal("[-Infinity]"), "");
}

TEST(ParseJson, RefusesNumbersThatOverflow) {
  EXPECT_NE(refusal("[1e999]"), "");
}

TEST(ParseJson, RefusesInvalidUtf8) {
  EXPECT_NE(refusal("[\"\xff\"]"), "");
  EXPECT_NE(refusal("[\"\xc0\xaf\"]"), "");      // An overlong slash.
  EXPECT_NE(refusal("[\"\xed\xa0\x80\"]"), "");  // A surrogate on its own.
  EXPECT_EQ(refusal("[\"\xe6\xb8\xac\xf0\x9f\x94\xa5\"]"), "");
}

TEST(ParseJson, AllowsTheDepthOfTheLimit) {
  EXPECT_EQ(refusal(nested(limits::json_depth, '[', ']')), "");
}

TEST(ParseJson, RefusesADepthBeyondTheLimit) {
  EXPECT_THAT(refusal(nested(limits::json_depth + 1, '[', ']')), HasSubstr("nested deeper"));
}

TEST(ParseJson, SurvivesADepthThatWouldOverflowTheStack) {
  EXPECT_THAT(refusal(nested(1'000'000, '[', ']')), HasSubstr("nested deeper"));
}

TEST(ParseJson, TakesTimeInStepWithTheNumberOfKeys) {
  Json expected = Json::object();
  for (int i = 0; i < 200'000; ++i) {
    append_member(expected, std::to_string(i), i);
  }
  const auto parsed = parse_json(to_text(expected));  // Minutes, were every key looked for.
  ASSERT_TRUE(parsed);
  EXPECT_EQ(to_text(*parsed), to_text(expected));
}

TEST(ParseJson, ReadsWhatIsNoObject) {
  EXPECT_EQ(*parse_json("7"), 7);
  EXPECT_EQ(*parse_json("\"x\""), "x");
  EXPECT_TRUE(parse_json("null")->is_null());
  EXPECT_EQ(*parse_json("[true, -1, 0.5, []]"), Json::array({true, -1, 0.5, Json::array()}));
}

TEST(ToText, ReplacesBytesThatAreNotUtf8) {
  EXPECT_EQ(to_text("\xff"), "\"\xef\xbf\xbd\"");
}

TEST(FindPath, FollowsDots) {
  const Json root = {{"a", {{"b", 5}}}};
  ASSERT_NE(find_path(root, "a.b"), nullptr);
  EXPECT_EQ(*find_path(root, "a.b"), 5);
}

TEST(FindPath, FindsNothingBesideThePath) {
  const Json root = {{"a", {{"b", 5}}}};
  EXPECT_EQ(find_path(root, "a.c"), nullptr);
  EXPECT_EQ(find_path(root, "a.b.c"), nullptr);
  EXPECT_EQ(find_path(root, ""), nullptr);
}

TEST(SetPath, MakesTheObjectsOnTheWay) {
  Json root;
  set_path(root, "a.b.c", 1);
  EXPECT_EQ(root, Json::parse(R"({"a": {"b": {"c": 1}}})"));
}

TEST(SetPath, ReplacesWhatIsNoObject) {
  Json root = {{"a", 7}, {"x", 1}};
  set_path(root, "a.b", 2);
  EXPECT_EQ(root, Json::parse(R"({"a": {"b": 2}, "x": 1})"));
}

}  // namespace
}  // namespace athanor
