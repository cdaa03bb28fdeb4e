#include "athanor/core/temporary_files.hpp"

#include "support/temp_dir.hpp"
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"

namespace athanor {
namespace {

namespace fs = std::filesystem;
using athanor::testing::TempDir;

constexpr const char* half_b = "b.json.tmp-2e5aa1b0-60a5-4b3c-9f0e-1d7c2a6f9b10";
constexpr const char* half_c = "c.json.tmp-5f1c8a0e-6c1f-4f5e-9c1d-0d5f0f3b7a11";

TEST(RemoveTemporaryFiles, RemovesWhatAKilledWriterLeftAtAnyDepth) {
  const TempDir folder;
  ASSERT_TRUE(make_private_folder(folder.path() / "a"));
  ASSERT_TRUE(write_file_atomic(folder.path() / "a" / "kept.json", ""));
  ASSERT_TRUE(write_file_atomic(folder.path() / "a" / half_b, ""));
  ASSERT_TRUE(write_file_atomic(folder.path() / half_c, ""));

  EXPECT_TRUE(remove_temporary_files(folder.path()));

  EXPECT_TRUE(fs::exists(folder.path() / "a" / "kept.json"));
  EXPECT_FALSE(fs::exists(folder.path() / "a" / half_b));
  EXPECT_FALSE(fs::exists(folder.path() / half_c));
  EXPECT_TRUE(remove_temporary_files(folder.path() / "missing"));
}

TEST(RemoveTemporaryFiles, KeepsResultsWhoseNamesHoldTheInfix) {
  const TempDir folder;
  ASSERT_TRUE(make_private_folder(folder.path() / "shots.tmp-old"));
  ASSERT_TRUE(write_file_atomic(folder.path() / "shots.tmp-old" / "cat.tmp-1.jpg", ""));
  ASSERT_TRUE(write_file_atomic(folder.path() / half_c, ""));

  EXPECT_TRUE(remove_temporary_files(folder.path()));

  EXPECT_TRUE(fs::exists(folder.path() / "shots.tmp-old" / "cat.tmp-1.jpg"));
  EXPECT_FALSE(fs::exists(folder.path() / half_c));
}

TEST(RemoveTemporaryFiles, LeavesFoldersAloneWhereToldSo) {
  const TempDir folder;
  ASSERT_TRUE(make_private_folder(folder.path() / "a"));
  ASSERT_TRUE(write_file_atomic(folder.path() / "a" / half_b, ""));
  ASSERT_TRUE(write_file_atomic(folder.path() / half_c, ""));

  EXPECT_TRUE(remove_temporary_files_directly_in(folder.path()));

  EXPECT_TRUE(fs::exists(folder.path() / "a" / half_b));
  EXPECT_FALSE(fs::exists(folder.path() / half_c));
}

}  // namespace
}  // namespace athanor
