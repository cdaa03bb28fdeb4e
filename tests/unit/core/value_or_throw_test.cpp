#include "athanor/core/value_or_throw.hpp"

#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor {
namespace {

using ::testing::StrEq;
using ::testing::ThrowsMessage;

const Error disk_full{ErrorCode::io, "the disk is full"};

TEST(ValueOrThrow, HandsTheValueOver) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);

  EXPECT_EQ(*value_or_throw(std::move(result)), 7);
}

TEST(ValueOrThrow, ThrowsTheMessage) {
  const Result<int> result = fail(disk_full);

  EXPECT_THAT([&] { (void)value_or_throw(result); },
              ThrowsMessage<std::runtime_error>(StrEq("the disk is full")));
}

TEST(ValueOrThrow, SaysWithinWhatAndThrowsTheTypeAskedFor) {
  const Result<int> result = fail(disk_full);

  EXPECT_THAT([&] { (void)value_or_throw<std::invalid_argument>(result, "eval_dataset"); },
              ThrowsMessage<std::invalid_argument>(StrEq("eval_dataset: the disk is full")));
}

TEST(ThrowIfFailed, GoesOnWhereTheStatusIsGood) {
  EXPECT_NO_THROW(throw_if_failed(Status()));
}

TEST(ThrowIfFailed, ThrowsTheMessage) {
  EXPECT_THAT([] { throw_if_failed(fail(disk_full)); },
              ThrowsMessage<std::runtime_error>(StrEq("the disk is full")));
}

TEST(ThrowIfFailed, SaysWithinWhatAndThrowsTheTypeAskedFor) {
  EXPECT_THAT([] { throw_if_failed<std::invalid_argument>(fail(disk_full), "data_type"); },
              ThrowsMessage<std::invalid_argument>(StrEq("data_type: the disk is full")));
}

}  // namespace
}  // namespace athanor
