#include "athanor/core/json_file.hpp"

#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"

namespace athanor {
namespace {

using athanor::testing::TempDir;
using ::testing::StartsWith;

TEST(JsonFile, ReadsBackWhatWasWritten) {
  const TempDir dir;
  const Json value = {{"z", 1}, {"a", {2, 3}}};
  ASSERT_TRUE(write_json_file(dir.path() / "value.json", value));

  EXPECT_EQ(*read_json_file(dir.path() / "value.json"), value);
}

TEST(JsonFile, IsTextInLines) {
  const TempDir dir;
  const Json value = {{"a", 1}};
  ASSERT_TRUE(write_json_file(dir.path() / "value.json", value));

  EXPECT_EQ(*read_file(dir.path() / "value.json"), "{\n  \"a\": 1\n}\n");
}

TEST(JsonFile, IsNamedWhereItIsDamaged) {
  const TempDir dir;
  ASSERT_TRUE(write_file_atomic(dir.path() / "value.json", R"({"a": )"));

  const auto value = read_json_file(dir.path() / "value.json");

  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(value.error().message, StartsWith("value.json: malformed JSON"));
}

TEST(JsonFile, MayBeMissingOrTooLarge) {
  const TempDir dir;
  ASSERT_TRUE(write_file_atomic(dir.path() / "value.json", "[1, 2]"));

  EXPECT_EQ(read_json_file(dir.path() / "none.json").error().code, ErrorCode::not_found);
  EXPECT_EQ(read_json_file(dir.path() / "value.json", 5).error().code, ErrorCode::too_large);
}

}  // namespace
}  // namespace athanor
