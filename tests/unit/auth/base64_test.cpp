#include "athanor/auth/base64.hpp"

#include <gtest/gtest.h>

namespace athanor::auth {

TEST(Base64, ReadsTextWithItsPadding) {
  EXPECT_EQ(from_base64("YQ=="), "a");
  EXPECT_EQ(from_base64(""), "");
  EXPECT_EQ(from_base64("+/8="), "\xfb\xff");
}

TEST(Base64, IsNothingElse) {
  for (const auto* text : {"YQ", "YQ=", "Y", "-_8=", "YQ== ", "Y\xd1==", "YR=="}) {
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
  }
}

TEST(Base64Url, HasNoPaddingAndOneSpelling) {
  EXPECT_EQ(to_base64url("\xfb\xff"), "-_8");
  EXPECT_EQ(from_base64url("-_8"), "\xfb\xff");
  for (const auto* text : {"-_8=", "+/8", "-_9", "Y\xd1"}) {
    EXPECT_EQ(from_base64url(text), std::nullopt) << text;
  }
}

}  // namespace athanor::auth
