#include "athanor/catalog/input_size.hpp"

#include <gtest/gtest.h>

namespace athanor::catalog {

TEST(InputSize, IsChannelsHeightAndWidth) {
  const auto size = parse_input_size("1, 20,30");

  ASSERT_TRUE(size);
  EXPECT_EQ(size->channels, 1);
  EXPECT_EQ(size->height, 20);
  EXPECT_EQ(size->width, 30);
}

TEST(InputSize, IsRefusedWithAnExample) {
  for (const auto* text :
       {"", "3,224", "2,224,224", "3,0,224", "3,224,-1", "3,224,16385", "3,224,224,1", "3,a,224"}) {
    const auto size = parse_input_size(text);
    ASSERT_FALSE(size) << text;
    EXPECT_NE(size.error().message.find("for example 3,224,224"), std::string::npos);
  }
}

}  // namespace athanor::catalog
