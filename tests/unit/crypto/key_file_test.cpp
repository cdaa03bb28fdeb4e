#include "athanor/crypto/key_file.hpp"

#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"
#include "athanor/core/limits.hpp"

namespace athanor::crypto {
namespace {

using athanor::testing::TempDir;
using ::testing::HasSubstr;

std::string key_in(const std::string& content) {
  const TempDir folder;
  EXPECT_TRUE(write_file_atomic(folder.path() / "key", content));
  return read_key_file(folder.path() / "key").value().expose();
}

TEST(KeyFile, HoldsTheKeyAndPerhapsALineEnd) {
  EXPECT_EQ(key_in("secret"), "secret");
  EXPECT_EQ(key_in("secret\n"), "secret");
  EXPECT_EQ(key_in("secret\r\n"), "secret");
  EXPECT_EQ(key_in(" two words \n"), " two words ");
  EXPECT_EQ(key_in("ends in a line end\n\n"), "ends in a line end\n");
  EXPECT_EQ(key_in(""), "");
}

TEST(KeyFile, MayHoldTheLongestKeyAndNoMore) {
  const TempDir folder;
  const std::string longest(limits::encryption_key_bytes, 'k');
  EXPECT_EQ(key_in(longest + "\r\n"), longest);
  ASSERT_TRUE(write_file_atomic(folder.path() / "key", longest + "longer"));

  EXPECT_EQ(read_key_file(folder.path() / "key").error().code, ErrorCode::too_large);
}

TEST(KeyFile, IsNamedWhenItIsMissing) {
  const TempDir folder;

  const auto key = read_key_file(folder.path() / "my-key");

  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().code, ErrorCode::not_found);
  EXPECT_THAT(key.error().message, HasSubstr("my-key"));
}

}  // namespace
}  // namespace athanor::crypto
