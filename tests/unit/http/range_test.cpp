#include "athanor/http/range.hpp"

#include <string>

#include <gtest/gtest.h>

#include "athanor/core/limits.hpp"

namespace athanor::http {
namespace {

using Ranges = std::vector<ByteRange>;

bool is_whole(std::string_view header) {
  return std::holds_alternative<WholeFile>(parse_range(header, 1000));
}

bool is_unsatisfiable(std::string_view header, std::uint64_t size = 1000) {
  return std::holds_alternative<UnsatisfiableRange>(parse_range(header, size));
}

Ranges ranges(std::string_view header) {
  const auto outcome = parse_range(header, 1000);
  const auto* found = std::get_if<Ranges>(&outcome);
  return found == nullptr ? Ranges{} : *found;
}

/// "bytes=0-0,2-2,4-4": `count` ranges apart from each other.
std::string many(std::size_t count) {
  std::string header = "bytes=";
  for (std::size_t i = 0; i < count; ++i) {
    header += (i == 0 ? "" : ",") + std::to_string(2 * i) + "-" + std::to_string(2 * i);
  }
  return header;
}

TEST(Range, ReadsFirstAndLastByte) {
  EXPECT_EQ(ranges("bytes=0-99"), (Ranges{{0, 100}}));
}

TEST(Range, ReadsAnOpenEnd) {
  EXPECT_EQ(ranges("bytes=900-"), (Ranges{{900, 100}}));
}

TEST(Range, ReadsASuffix) {
  EXPECT_EQ(ranges("bytes=-10"), (Ranges{{990, 10}}));
}

TEST(Range, CutsAtTheEndOfTheFile) {
  EXPECT_EQ(ranges("bytes=900-5000"), (Ranges{{900, 100}}));
  EXPECT_EQ(ranges("bytes=-5000"), (Ranges{{0, 1000}}));
  EXPECT_EQ(ranges("bytes=999-18446744073709551615"), (Ranges{{999, 1}}));
}

TEST(Range, KeepsTheOrderOfSeveral) {
  EXPECT_EQ(ranges("bytes=500-509, 0-9,-5"), (Ranges{{500, 10}, {0, 10}, {995, 5}}));
}

TEST(Range, LeavesOutWhatLiesBeyondTheEnd) {
  EXPECT_EQ(ranges("bytes=2000-3000,0-0"), (Ranges{{0, 1}}));
}

TEST(Range, IsUnsatisfiableWhereNothingIsLeft) {
  EXPECT_TRUE(is_unsatisfiable("bytes=1000-"));
  EXPECT_TRUE(is_unsatisfiable("bytes=-0"));
  EXPECT_TRUE(is_unsatisfiable("bytes=0-", 0));
}

TEST(Range, TakesAsManyRangesAsTheLimitAndNoMore) {
  EXPECT_EQ(ranges(many(limits::ranges)).size(), limits::ranges);
  EXPECT_TRUE(is_unsatisfiable(many(limits::ranges + 1)));
}

TEST(Range, RefusesOverlaps) {
  EXPECT_TRUE(is_unsatisfiable("bytes=0-10,10-20"));
  EXPECT_TRUE(is_unsatisfiable("bytes=500-,0-0,-1"));
  EXPECT_EQ(ranges("bytes=0-10,11-20").size(), 2U);
}

TEST(Range, IgnoresOtherUnitsAndBadSyntax) {
  for (const auto* header : {"items=0-1",
                             "bytes",
                             "bytes=",
                             "bytes=-",
                             "bytes=a-b",
                             "bytes=5-4",
                             "bytes=1-2,",
                             "bytes=1",
                             "bytes=0x1-2",
                             "bytes=-1-2",
                             "bytes=99999999999999999999-"}) {
    EXPECT_TRUE(is_whole(header)) << header;
  }
}

}  // namespace
}  // namespace athanor::http
