#include "athanor/core/clock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor {
namespace {

using namespace std::chrono_literals;

TEST(ToIso, HasMicrosecondsAndNoZone) {
  const TimePoint time{std::chrono::microseconds(1'682'944'496'000'042)};
  EXPECT_EQ(to_iso(time), "2023-05-01T12:34:56.000042");
}

TEST(ToIso, HasSixDigitsForWholeSeconds) {
  EXPECT_EQ(to_iso(TimePoint{}), "1970-01-01T00:00:00.000000");
}

TEST(ParseIso, ReadsWhatToIsoWrites) {
  const TimePoint time = TimePoint{} + 1'792'000'000'123'456us;

  EXPECT_EQ(parse_iso(to_iso(time)), time);
}

TEST(ParseIso, RefusesEverythingElse) {
  for (const auto* text : {"",
                           "17",
                           "2026-11-26",
                           "2026-11-26T11:22:33.12345",
                           "2026-11-26T11:22:33.1234567",
                           "2026-11-26 11:22:33.123456",
                           "2026-11-26T11:22:33.12345x",
                           "2026-02-30T11:22:33.123456",
                           "2026-13-26T11:22:33.123456",
                           "2026-11-26T25:22:33.123456",
                           "0000-01-01T00:00:00.000000",
                           "2999-01-01T00:00:00.000000"}) {
    EXPECT_EQ(parse_iso(text), std::nullopt) << text;
  }
}

TEST(NowIso, HasTheSameForm) {
  EXPECT_THAT(now_iso(),
              testing::MatchesRegex("....-..-..T..:..:..\\.[0-9][0-9][0-9][0-9][0-9][0-9]"));
}

// The oracle is Python: str(datetime.timedelta(seconds=...)).
TEST(ToTimedelta, PrintsAsPythonDoes) {
  EXPECT_EQ(to_timedelta(0s), "0:00:00");
  EXPECT_EQ(to_timedelta(25.118s), "0:00:25.118000");
  EXPECT_EQ(to_timedelta(59.9999999s), "0:01:00");
  EXPECT_EQ(to_timedelta(36061s), "10:01:01");
  EXPECT_EQ(to_timedelta(93784s), "1 day, 2:03:04");
  EXPECT_EQ(to_timedelta(172800.000001s), "2 days, 0:00:00.000001");
}

}  // namespace
}  // namespace athanor
