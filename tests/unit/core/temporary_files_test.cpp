#include "athanor/core/temporary_files.hpp"

#include "support/temp_dir.hpp"
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"

namespace athanor {
namespace {

namespace fs = std::filesystem;
using athanor::testing::TempDir;

TEST(RemoveTemporaryFiles, RemovesWhatAKilledWriterLeftAtAnyDepth) {
  const TempDir folder;
  ASSERT_TRUE(make_private_folder(folder.path() / "a"));
  ASSERT_TRUE(write_file_atomic(folder.path() / "a" / "kept.json", ""));
  ASSERT_TRUE(write_file_atomic(folder.path() / "a" / "b.json.tmp-1", ""));
  ASSERT_TRUE(write_file_atomic(folder.path() / "c.json.tmp-2", ""));

  EXPECT_TRUE(remove_temporary_files(folder.path()));

  EXPECT_TRUE(fs::exists(folder.path() / "a" / "kept.json"));
  EXPECT_FALSE(fs::exists(folder.path() / "a" / "b.json.tmp-1"));
  EXPECT_FALSE(fs::exists(folder.path() / "c.json.tmp-2"));
  EXPECT_TRUE(remove_temporary_files(folder.path() / "missing"));
}

TEST(RemoveTemporaryFiles, LeavesFoldersAloneWhereToldSo) {
  const TempDir folder;
  ASSERT_TRUE(make_private_folder(folder.path() / "a"));
  ASSERT_TRUE(write_file_atomic(folder.path() / "a" / "b.json.tmp-1", ""));
  ASSERT_TRUE(write_file_atomic(folder.path() / "c.json.tmp-2", ""));

  EXPECT_TRUE(remove_temporary_files_directly_in(folder.path()));

  EXPECT_TRUE(fs::exists(folder.path() / "a" / "b.json.tmp-1"));
  EXPECT_FALSE(fs::exists(folder.path() / "c.json.tmp-2"));
}

}  // namespace
}  // namespace athanor
