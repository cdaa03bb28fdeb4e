#include "athanor/core/uuid.hpp"

#include <set>

#include <gtest/gtest.h>

namespace athanor {
namespace {

constexpr auto text = "01234567-89ab-4cde-8f01-23456789abcd";

TEST(Uuid, IsPrintedAsItWasRead) {
  EXPECT_EQ(Uuid::parse(text)->to_string(), text);
}

TEST(Uuid, IsReadInEveryUsualForm) {
  const auto expected = Uuid::parse(text);
  EXPECT_EQ(Uuid::parse("01234567-89AB-4CDE-8F01-23456789ABCD"), expected);
  EXPECT_EQ(Uuid::parse("0123456789ab4cde8f0123456789abcd"), expected);
  EXPECT_EQ(Uuid::parse("{01234567-89ab-4cde-8f01-23456789abcd}"), expected);
  EXPECT_EQ(Uuid::parse("urn:uuid:01234567-89ab-4cde-8f01-23456789abcd"), expected);
  EXPECT_EQ(Uuid::parse("{urn:uuid:01234567-89ab-4cde-8f01-23456789abcd}"), expected);
  EXPECT_EQ(Uuid::parse("uuid:{01234567-89ab-4cde-8f01-23456789abcd}"), expected);
}

TEST(Uuid, IsReadInEveryVersion) {
  EXPECT_TRUE(Uuid::parse("c232ab00-9414-11ec-b3c8-9f6bdeced846"));
  EXPECT_TRUE(Uuid::parse("00000000-0000-0000-0000-000000000000"));
}

TEST(Uuid, IsNotReadFromOtherText) {
  EXPECT_FALSE(Uuid::parse(""));
  EXPECT_FALSE(Uuid::parse("{}"));
  EXPECT_FALSE(Uuid::parse("01234567-89ab-4cde-8f01-23456789abc"));
  EXPECT_FALSE(Uuid::parse("01234567-89ab-4cde-8f01-23456789abcde"));
  EXPECT_FALSE(Uuid::parse("01234567-89ab-4cde-8f01-23456789abcg"));
  EXPECT_FALSE(Uuid::parse("../../../../../../../../../../../etc"));
}

TEST(Uuid, IsNilUnlessSet) {
  EXPECT_EQ(Uuid().to_string(), "00000000-0000-0000-0000-000000000000");
}

TEST(Uuid, RandomOnesAreOfVersionFour) {
  for (int i = 0; i < 100; ++i) {
    const auto random = Uuid::random().to_string();
    EXPECT_EQ(random[14], '4');
    EXPECT_NE(std::string("89ab").find(random[19]), std::string::npos) << random;
  }
}

TEST(Uuid, RandomOnesDiffer) {
  std::set<Uuid> seen;
  for (int i = 0; i < 1000; ++i) {
    seen.insert(Uuid::random());
  }
  EXPECT_EQ(seen.size(), 1000U);
}

}  // namespace
}  // namespace athanor
