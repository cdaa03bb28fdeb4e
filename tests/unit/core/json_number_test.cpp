#include "athanor/core/json_number.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace athanor {

namespace {

template <class T>
std::optional<T> read(const char* text) {
  return integer_of<T>(parse_json(text).value());
}

}  // namespace

TEST(IntegerOf, IsTheNumberWithinTheRangeOfItsType) {
  EXPECT_EQ(read<int>("2147483647"), 2147483647);
  EXPECT_EQ(read<int>("-2147483648"), std::numeric_limits<int>::min());
  EXPECT_EQ(read<std::int64_t>("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(read<std::uint64_t>("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
}

TEST(IntegerOf, IsAbsentOutOfRange) {
  EXPECT_EQ(read<int>("2147483648"), std::nullopt);
  EXPECT_EQ(read<int>("-2147483649"), std::nullopt);
  EXPECT_EQ(read<std::int64_t>("9223372036854775808"), std::nullopt);
  EXPECT_EQ(read<std::uint64_t>("-1"), std::nullopt);
  EXPECT_EQ(read<int>("4444444444444444444441"), std::nullopt);
}

TEST(IntegerOf, IsAbsentForAnythingElse) {
  for (const char* text : {"1.0", "1e3", "true", "null", "\"1\"", "[1]", "{}"}) {
    EXPECT_EQ(read<int>(text), std::nullopt) << text;
  }
}

}  // namespace athanor
