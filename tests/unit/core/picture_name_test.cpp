#include "athanor/core/picture_name.hpp"

#include <gtest/gtest.h>

namespace athanor {
namespace {

TEST(PictureName, EndsLikeAPictureInAnyCase) {
  EXPECT_TRUE(is_picture_name("images/a.jpg"));
  EXPECT_TRUE(is_picture_name("A.JPEG"));
  EXPECT_TRUE(is_picture_name("a.b.Png"));
  EXPECT_FALSE(is_picture_name("jpg"));
  EXPECT_FALSE(is_picture_name(".jpg"));
  EXPECT_FALSE(is_picture_name("a.jpg.txt"));
}

TEST(PictureName, ExtensionIsInLowerCase) {
  EXPECT_EQ(lower_extension("images/A.JPG"), ".jpg");
  EXPECT_EQ(lower_extension("images/A"), "");
}

}  // namespace
}  // namespace athanor
