#include "athanor/core/log.hpp"

#include <gtest/gtest.h>

namespace athanor::log {
namespace {

/// What `write` prints.
template <class F>
std::string printed(F&& write) {
  ::testing::internal::CaptureStderr();
  write();
  return ::testing::internal::GetCapturedStderr();
}

TEST(Log, WritesOneJsonObjectALine) {
  const auto line = printed([] { info("jobs", "started \"x\"\n", {{"job_id", "7"}}); });
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  const auto json = parse_json(line);
  ASSERT_TRUE(json) << line;
  EXPECT_EQ(json->at("job_id"), "7");
}

TEST(Log, DropsLinesBelowItsLevel) {
  set_level(Level::warning);
  EXPECT_EQ(printed([] { info("jobs", "quiet"); }), "");
  EXPECT_NE(printed([] { warning("jobs", "loud"); }), "");
  set_level(Level::info);
}

TEST(Log, KnowsItsLevelsByName) {
  EXPECT_EQ(parse_level("warning"), Level::warning);
  EXPECT_EQ(parse_level("loud"), std::nullopt);
}

TEST(Log, LinesCarryTheFieldsOfTheirScope) {
  const Scope scope(std::make_shared<const Json>(Json{{"request_id", "7"}}));

  const auto line = parse_json(printed([] { info("api", "x", {{"job_id", "8"}}); })).value();

  EXPECT_EQ(line.at("request_id"), "7");
  EXPECT_EQ(line.at("job_id"), "8");
}

TEST(Log, SurvivesBytesThatAreNotUtf8) {
  EXPECT_TRUE(parse_json(printed([] { error("http", "\xff\xfe"); })));
}

}  // namespace
}  // namespace athanor::log
