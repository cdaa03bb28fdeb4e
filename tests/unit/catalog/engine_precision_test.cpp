#include "athanor/catalog/engine_precision.hpp"

#include <gtest/gtest.h>

namespace athanor::catalog {
namespace {

TEST(EnginePrecision, IsFp32WhereTheSpecSaysNothing) {
  EXPECT_EQ(engine_precision(Json::object()), "fp32");
  EXPECT_EQ(engine_precision({{"data_type", nullptr}}), "fp32");
}

// Clients of the fourth version edit the default, which holds data_type, and add t.
TEST(EnginePrecision, OfTheOldSpellingGoesFirst) {
  EXPECT_EQ(engine_precision({{"data_type", "int8"}}), "int8");
  EXPECT_EQ(engine_precision({{"data_type", "fp32"}, {"t", "int8"}}), "int8");
}

TEST(EnginePrecisionCheck, RefusesFp16ByTheParameterThatAsksForIt) {
  EXPECT_TRUE(check_engine_precision({{"data_type", "int8"}}));

  const auto status = check_engine_precision({{"data_type", "fp16"}});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::unsupported);
  EXPECT_TRUE(status.error().message.starts_with("data_type: ")) << status.error().message;
  EXPECT_TRUE(check_engine_precision({{"t", "fp16"}}).error().message.starts_with("t: "));
}

}  // namespace
}  // namespace athanor::catalog
