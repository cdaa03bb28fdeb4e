#include "athanor/catalog/engine_shapes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::catalog {

TEST(EngineShapes, AreThoseOfTheLastShape) {
  const auto shapes = parse_engine_shapes("Input,1x3x224x192,8x3x224x192,16x3x224x192");

  ASSERT_TRUE(shapes);
  EXPECT_EQ(shapes->largest_batch, 16);
  EXPECT_THAT(shapes->picture, ::testing::ElementsAre(3, 224, 192));
}

TEST(EngineShapes, AreRefusedWithAnExample) {
  for (const auto* text : {"",
                           "Input",
                           "Input,1x3x8x8,2x3x8x8",
                           "Input,1x3x8x8,2x3x8x8,4x3x8",
                           "Input,1x3x8x8,2x3x8x8,4x3x8x8x",
                           "Input,1x3x8x8,2x3x8x8,0x3x8x8",
                           "Input,1x3x8x8,2x3x8x8,-4x3x8x8",
                           "Input,1x3x8x8,2x3x8x8,99999999999999999999x3x8x8"}) {
    const auto shapes = parse_engine_shapes(text);
    ASSERT_FALSE(shapes) << text;
    EXPECT_THAT(shapes.error().message, ::testing::HasSubstr("as in input_1,1x3x224x224")) << text;
  }
}

}  // namespace athanor::catalog
