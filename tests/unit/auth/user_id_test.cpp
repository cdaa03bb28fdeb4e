#include "athanor/auth/user_id.hpp"

#include <gtest/gtest.h>

namespace athanor::auth {
namespace {

// Expected values: python3 -c "import uuid; print(uuid.uuid5(uuid.UUID(int=0), 'alice'))"
TEST(UserId, IsTheNamesVersion5Uuid) {
  EXPECT_EQ(user_id_of("alice").to_string(), "ec61d669-fc85-586b-a097-822a49b51e7e");
  EXPECT_EQ(user_id_of("zoe@example.org").to_string(), "f2007c16-d84c-5f48-a2e1-ac023854f5a6");
  EXPECT_EQ(user_id_of("").to_string(), "e129f27c-5103-5c5c-844b-cdf0a15e160d");
}

}  // namespace
}  // namespace athanor::auth
