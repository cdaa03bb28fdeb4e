#include "athanor/core/folder_lock.hpp"

#include <optional>

#include "support/temp_dir.hpp"
#include <gtest/gtest.h>

namespace athanor {
namespace {

using athanor::testing::TempDir;
using namespace std::chrono_literals;

TEST(FolderLock, KeepsOthersAwayWhileItIsHeld) {
  const TempDir folder;
  {
    const auto first = FolderLock::take(folder.path());
    ASSERT_TRUE(first);
    EXPECT_TRUE(first->is_held());
    const auto second = FolderLock::take(folder.path(), 1ms);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::conflict);
  }
  EXPECT_TRUE(FolderLock::take(folder.path()));
}

TEST(FolderLock, MovesWithItsOwner) {
  const TempDir folder;
  auto first = FolderLock::take(folder.path());
  ASSERT_TRUE(first);
  std::optional<FolderLock> owner(std::move(*first));
  EXPECT_FALSE(first->is_held());
  EXPECT_FALSE(FolderLock::take(folder.path()));
  owner.reset();
  EXPECT_TRUE(FolderLock::take(folder.path()));
}

TEST(FolderLock, LeavesNothingInTheFolder) {
  const TempDir folder;
  const auto lock = FolderLock::take(folder.path());
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(FolderLock, NeedsAFolder) {
  const TempDir folder;
  const auto missing = FolderLock::take(folder.path() / "missing");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().code, ErrorCode::conflict);
}

}  // namespace
}  // namespace athanor
