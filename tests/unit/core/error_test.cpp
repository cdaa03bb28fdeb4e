#include "athanor/core/error.hpp"

#include <ostream>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "athanor/core/secret.hpp"

namespace athanor {
namespace {

Result<int> half(int value) {
  if (value % 2 != 0) {
    return fail(ErrorCode::invalid_argument, "odd");
  }
  return value / 2;
}

Result<int> quarter(int value) {
  ATHANOR_TRY(const int once, half(value));
  ATHANOR_TRY(const int twice, half(once));
  return twice;
}

Status even(int value) {
  ATHANOR_CHECK_OK(half(value));
  return {};
}

TEST(Result, PassesValuesThrough) {
  EXPECT_EQ(quarter(12), 3);
}

TEST(Result, ReturnsTheFirstError) {
  EXPECT_EQ(quarter(6).error().message, "odd");
  EXPECT_EQ(even(3).error().code, ErrorCode::invalid_argument);
  EXPECT_TRUE(even(4));
}

TEST(Error, SaysWithinWhat) {
  EXPECT_EQ((Error{ErrorCode::io, "disk full"}).within("job.json").message, "job.json: disk full");
}

TEST(ErrorCode, HasANameOfItsOwnEach) {
  std::set<std::string_view> names;
  for (const ErrorCode code : all_error_codes) {
    names.insert(name_of(code));
  }
  EXPECT_EQ(names.size(), std::size(all_error_codes));
}

template <class T>
concept Streamable = requires(std::ostream& out, T value) {
  out << value;
};

TEST(Secret, CanOnlyBeShownOnPurpose) {
  EXPECT_FALSE(Streamable<Secret<std::string>>);
  EXPECT_EQ(Secret<std::string>("key").expose(), "key");
}

}  // namespace
}  // namespace athanor
