#include "athanor/api/file_part.hpp"

#include <gtest/gtest.h>

namespace athanor::api {
namespace {

TEST(FilePart, OfAClientThatSendsTooSlowlyIsATimeOut) {
  EXPECT_EQ(too_slow().code, ErrorCode::timed_out);
}

}  // namespace
}  // namespace athanor::api
