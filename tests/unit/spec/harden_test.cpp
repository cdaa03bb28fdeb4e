#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/spec/schema.hpp"
#include "athanor/spec/validation.hpp"

namespace athanor::spec {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::array<std::string_view, 2> kinds{"L1", "L2"};
constexpr std::array<std::string_view, 1> tokens{"__CUBIC__"};

constexpr std::array rows{
    Parameter{.path = "a", .type = Type::object},
    Parameter{.path = "a.count", .type = Type::integer, .default_json = "5", .effective = true},
    Parameter{.path = "a.rate", .type = Type::number, .default_json = "0.5"},
    Parameter{.path = "a.name", .type = Type::string, .default_json = "\"n\""},
    Parameter{.path = "items", .type = Type::list},
    Parameter{.path = "items.key", .type = Type::string, .default_json = "\"k\""},
    Parameter{.path = "items.size", .type = Type::integer, .default_json = "1"},
    Parameter{.path = "points",
              .type = Type::list,
              .item = Type::number,
              .default_json = "[0.1,0.2,0.3]"},
    Parameter{.path = "kind", .type = Type::string, .options = kinds},
    Parameter{.path = "token", .type = Type::string, .options = tokens},
    Parameter{.path = "window", .type = Type::string, .default_json = "\"hann\""},
    Parameter{.path = "inner", .type = Type::object},
    Parameter{.path = "inner.window",
              .type = Type::string,
              .default_json = "\"hann\"",
              .follows = "window"},
};
const Table table{"toy", "train", rows};

Json hardened(const char* user) {
  return harden(table, defaults(table), Json::parse(user));
}

std::vector<std::string> ignored(const char* user) {
  return ignored_parameters(table, defaults(table), Json::parse(user));
}

TEST(Harden, MergesObjectsOverTheDefaults) {
  EXPECT_EQ(hardened(R"({"a": {"count": 7}})")["a"],
            Json::parse(R"({"count": 7, "rate": 0.5, "name": "n"})"));
}

TEST(Harden, MergesListsOfObjectsByIndex) {
  EXPECT_EQ(hardened(R"({"items": [{"size": 3}, {"key": "z"}]})")["items"],
            Json::parse(R"([{"key": "k", "size": 3}, {"key": "z"}])"));
}

TEST(Harden, ReplacesOtherLists) {
  EXPECT_EQ(hardened(R"({"points": [0.9]})")["points"], Json::parse("[0.9]"));
  EXPECT_EQ(hardened(R"({"points": []})")["points"], Json::array());
}

TEST(Harden, MakesNumbersOfNumericStrings) {
  const Json spec = hardened(R"({"a": {"count": "7", "rate": "1e-3"}, "points": ["0.5"]})");
  EXPECT_TRUE(spec["a"]["count"].is_number_integer());
  EXPECT_EQ(spec["a"]["rate"], 0.001);
  EXPECT_EQ(spec["points"], Json::parse("[0.5]"));
}

TEST(Harden, LeavesStringsThatShouldBeStringsAlone) {
  EXPECT_EQ(hardened(R"({"a": {"name": "10"}})")["a"]["name"], "10");
}

TEST(Harden, SpellsOptionsAsTheTableDoes) {
  EXPECT_EQ(hardened(R"({"kind": "__L1__"})")["kind"], "L1");
  EXPECT_EQ(hardened(R"({"token": "CUBIC"})")["token"], "__CUBIC__");
}

TEST(Harden, FallsBackToTheDefaultForNull) {
  EXPECT_EQ(hardened(R"({"a": {"count": null}, "points": null})"), defaults(table));
}

TEST(Harden, KeepsUnknownKeys) {
  EXPECT_EQ(hardened(R"({"mystery": {"x": "1"}, "a": {"y": [1]}})")["mystery"]["x"], "1");
}

TEST(Harden, TakesTimeInStepWithTheNumberOfKeys) {
  Json user = Json::object();
  for (int i = 0; i < 200'000; ++i) {
    append_member(user, "key" + std::to_string(i), i);
  }
  EXPECT_EQ(harden(table, defaults(table), user).size(), defaults(table).size() + user.size());
}

TEST(Harden, LetsAFollowerTakeTheValueOfItsLeader) {
  EXPECT_EQ(hardened(R"({"window": "hamming"})")["inner"]["window"], "hamming");
}

TEST(Harden, KeepsTheUsersOwnValueOfAFollower) {
  EXPECT_EQ(hardened(R"({"window": "hamming", "inner": {"window": "none"}})")["inner"]["window"],
            "none");
}

TEST(IgnoredParameters, NameWhatIsSetToNoEffect) {
  EXPECT_THAT(ignored(R"({"a": {"count": 9, "rate": 0.9}})"), ElementsAre("a.rate"));
}

TEST(IgnoredParameters, LeaveValuesOutThatAreTheDefault) {
  EXPECT_THAT(ignored(R"({"a": {"rate": "0.5", "name": "n"}, "points": [0.1, 0.2, 0.3]})"),
              IsEmpty());
}

TEST(IgnoredParameters, NameUnknownKeysOnce) {
  EXPECT_THAT(ignored(R"({"mystery": {"x": 1, "y": 2}, "a": {"cuont": 3}})"),
              ElementsAre("mystery", "a.cuont"));
}

TEST(IgnoredParameters, LeaveOutWhatHoldsNothing) {
  EXPECT_THAT(ignored(R"({"mystery": {}, "other": null, "items": []})"), IsEmpty());
}

TEST(IgnoredParameters, NameAListThatIsChanged) {
  EXPECT_THAT(ignored(R"({"items": [{"key": "other"}]})"), ElementsAre("items"));
}

}  // namespace
}  // namespace athanor::spec
