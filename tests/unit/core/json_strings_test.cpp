#include "athanor/core/json_strings.hpp"

#include <gtest/gtest.h>

namespace athanor {
namespace {

TEST(ListOfStrings, IsReadFromAnArrayOfStringsAlone) {
  EXPECT_EQ(list_of_strings(Json::array()), std::vector<std::string>());
  EXPECT_EQ(list_of_strings(Json::array({"a", "b"})), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(list_of_strings(Json::array({"a", 1})), std::nullopt);
  EXPECT_EQ(list_of_strings("a"), std::nullopt);
  EXPECT_EQ(list_of_strings(Json::object()), std::nullopt);
}

}  // namespace
}  // namespace athanor
