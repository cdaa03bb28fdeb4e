#include "athanor/cli/list_paging.hpp"

#include <gtest/gtest.h>

namespace athanor::cli {
namespace {

TEST(ListPaging, IsSentAsFarAsItIsSet) {
  EXPECT_EQ(query_text({}, {}), "");
  EXPECT_EQ(query_text({{"name", "a"}, {"type", std::nullopt}}, {std::nullopt, 0, 5}),
            "?name=a&skip=0&size=5");
  EXPECT_EQ(query_text({}, {"name-ascending", std::nullopt, std::nullopt}), "?sort=name-ascending");
}

}  // namespace
}  // namespace athanor::cli
