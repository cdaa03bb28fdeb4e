#include "athanor/http/entity_tag.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace athanor::http {
namespace {

TEST(EntityTags, AreFoundInAList) {
  EXPECT_TRUE(lists_tag(R"("a")", R"("a")"));
  EXPECT_TRUE(lists_tag(R"( "b" ,	"a" )", R"("a")"));
  EXPECT_FALSE(lists_tag(R"("b", "ab")", R"("a")"));
  EXPECT_FALSE(lists_tag("", R"("a")"));
  EXPECT_FALSE(lists_tag(",,", R"("a")"));
}

TEST(EntityTags, AreComparedWeakly) {
  EXPECT_TRUE(lists_tag(R"(W/"a")", R"("a")"));
}

TEST(EntityTags, AreAllMeantByAStar) {
  EXPECT_TRUE(lists_tag("*", R"("a")"));
}

TEST(EntityTags, AreVisitedWithQuotesAndWeakness) {
  std::vector<std::string> seen;
  EXPECT_FALSE(any_tag(R"("a", W/"b")", [&](std::string_view tag) {
    seen.emplace_back(tag);
    return false;
  }));
  EXPECT_EQ(seen, (std::vector<std::string>{R"("a")", R"(W/"b")"}));
}

}  // namespace
}  // namespace athanor::http
