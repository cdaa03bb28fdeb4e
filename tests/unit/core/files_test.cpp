#include "athanor/core/files.hpp"

#include <cerrno>
#include <chrono>
#include <fstream>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/disk_calls.hpp"

namespace athanor {
namespace {

namespace fs = std::filesystem;
using athanor::testing::TempDir;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// Runs in a folder of its own, so that names without a folder part can be tested.
class RelativePath : public ::testing::Test {
 protected:
  void SetUp() override { fs::current_path(folder_.path()); }

  void TearDown() override { fs::current_path(before_); }

 private:
  fs::path before_ = fs::current_path();
  TempDir folder_;
};

TEST(WriteFileAtomic, WritesWhatIsReadBack) {
  const TempDir folder;
  const std::string content("line\n\0binary\xff", 13);
  ASSERT_TRUE(write_file_atomic(folder.path() / "a", content));
  EXPECT_EQ(*read_file(folder.path() / "a"), content);
}

TEST(WriteFileAtomic, JoinsWhatComesInPieces) {
  const TempDir folder;
  const auto numbers = [](const ByteSink& sink) -> Status {
    for (int i = 0; i < 3; ++i) {
      ATHANOR_CHECK_OK(sink(std::to_string(i)));
    }
    return {};
  };

  ASSERT_TRUE(write_file_atomic(folder.path() / "a", numbers));

  EXPECT_EQ(*read_file(folder.path() / "a"), "012");
}

TEST(WriteFileAtomic, ReplacesAndLeavesNoTemporaryFile) {
  const TempDir folder;
  ASSERT_TRUE(write_file_atomic(folder.path() / "a", "old"));
  ASSERT_TRUE(write_file_atomic(folder.path() / "a", "new"));
  EXPECT_EQ(*read_file(folder.path() / "a"), "new");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
}

TEST(TemporaryName, IsOneThatWriteFileAtomicUses) {
  EXPECT_TRUE(is_temporary_name("a/b.json.tmp-2e5aa1b0-60a5-4b3c-9f0e-1d7c2a6f9b10"));
  EXPECT_FALSE(is_temporary_name("a/b.json"));
  EXPECT_FALSE(is_temporary_name("a/my.tmp-picture.png"));
  EXPECT_FALSE(is_temporary_name("a.tmp-2e5aa1b0-60a5-4b3c-9f0e-1d7c2a6f9b10/b.json"));
}

TEST(WriteFileAtomic, KeepsTheOldContentWhenItFails) {
  const TempDir folder;
  fs::create_directory(folder.path() / "a");  // A file cannot be renamed over a folder.
  EXPECT_FALSE(write_file_atomic(folder.path() / "a", "new"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
}

TEST(WriteFileAtomic, KeepsTheOldContentWhicheverCallFails) {
  const TempDir folder;
  int calls = 0;
  for (bool failed = true; failed; ++calls) {
    ASSERT_TRUE(write_file_atomic(folder.path() / "a", "old"));
    const disk::Fault fault(calls, ENOSPC);
    const auto status = write_file_atomic(folder.path() / "a", "new content");
    failed = fault.happened();

    EXPECT_EQ(status.has_value(), !failed) << calls;
    if (failed) {
      EXPECT_EQ(status.error().code, ErrorCode::unavailable);
      EXPECT_THAT(status.error().message, HasSubstr("free some space"));
      EXPECT_THAT(*read_file(folder.path() / "a"), AnyOf("old", "new content"));
    }
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1) << calls;
  }
  EXPECT_EQ(calls, 6);  // open, write, sync, rename, sync of the folder; then none fails.
}

TEST(FillFileAtomic, KeepsTheOldContentWhenItsFillerFails) {
  const TempDir folder;
  ASSERT_TRUE(write_file_atomic(folder.path() / "a", "old"));

  const auto status = fill_file_atomic(folder.path() / "a", [](int fd) -> Status {
    EXPECT_TRUE(write_all(fd, "half of it"));
    return fail(ErrorCode::conflict, "my reason");
  });

  EXPECT_EQ(status.error().message, "my reason");
  EXPECT_EQ(*read_file(folder.path() / "a"), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
}

TEST(WriteFileAtomic, IsPrivate) {
  const TempDir folder;
  ASSERT_TRUE(write_file_atomic(folder.path() / "a", ""));
  EXPECT_EQ(fs::status(folder.path() / "a").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST(WriteFileAtomic, NamesTheFileAndNotTheFolderWhenItFails) {
  const TempDir folder;
  const auto status = write_file_atomic(folder.path() / "missing" / "a.json", "");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::io);
  EXPECT_THAT(status.error().message, HasSubstr("a.json"));
  EXPECT_THAT(status.error().message, Not(HasSubstr(folder.path().string())));
}

TEST_F(RelativePath, WritesFilesWithoutAFolderPart) {
  ASSERT_TRUE(write_file_atomic("a", "x"));
  EXPECT_EQ(*read_file("a"), "x");
}

TEST_F(RelativePath, MakesFoldersWithoutALeadingSlash) {
  ASSERT_TRUE(make_private_folder("a/b"));
  EXPECT_TRUE(fs::is_directory("a/b"));
}

TEST(ReadFile, TellsAMissingFileFromOtherTrouble) {
  const TempDir folder;
  EXPECT_EQ(read_file(folder.path() / "none").error().code, ErrorCode::not_found);
  EXPECT_EQ(read_file(folder.path()).error().code, ErrorCode::io);
}

TEST(ReadFile, RefusesFilesOverTheLimit) {
  const TempDir folder;
  ASSERT_TRUE(write_file_atomic(folder.path() / "a", std::string(101, 'x')));
  EXPECT_EQ(read_file(folder.path() / "a", 100).error().code, ErrorCode::too_large);
  EXPECT_TRUE(read_file(folder.path() / "a", 101));
}

TEST(MakePrivateFolder, MakesMissingParentsForTheOwnerOnly) {
  const TempDir folder;
  ASSERT_TRUE(make_private_folder(folder.path() / "a" / "b" / "c"));
  EXPECT_EQ(fs::status(folder.path() / "a").permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(folder.path() / "a/b/c").permissions(), fs::perms::owner_all);
}

TEST(MakePrivateFolder, IsContentWithAnExistingFolder) {
  const TempDir folder;
  EXPECT_TRUE(make_private_folder(folder.path()));
  EXPECT_TRUE(make_private_folder(folder.path() / "a" / ".." / "b" / ""));
  EXPECT_TRUE(make_private_folder("/"));
}

TEST(MakePrivateFolder, RefusesAFileInTheWay) {
  const TempDir folder;
  ASSERT_TRUE(write_file_atomic(folder.path() / "a", ""));
  EXPECT_FALSE(make_private_folder(folder.path() / "a" / "b"));
}

TEST(RemoveTree, RemovesFullFoldersAndForgivesMissingOnes) {
  const TempDir folder;
  ASSERT_TRUE(make_private_folder(folder.path() / "a" / "b"));
  EXPECT_TRUE(remove_tree(folder.path() / "a"));
  EXPECT_FALSE(fs::exists(folder.path() / "a"));
  EXPECT_TRUE(remove_tree(folder.path() / "a"));
}

TEST(RemoveTree, OutlastsWhoeverStillMakesFilesInIt) {
  const TempDir folder;
  const auto tree = folder.path() / "tree";
  ASSERT_TRUE(make_private_folder(tree));
  std::jthread writer([&tree] {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
    for (int i = 0; std::chrono::steady_clock::now() < end; ++i) {
      std::ofstream(tree / std::to_string(i)) << "more";
    }
  });

  EXPECT_TRUE(remove_tree(tree));

  EXPECT_FALSE(fs::exists(tree));
}

TEST(RemoveTree, DoesNotFollowLinks) {
  const TempDir folder;
  ASSERT_TRUE(make_private_folder(folder.path() / "kept"));
  ASSERT_TRUE(write_file_atomic(folder.path() / "kept" / "file", ""));
  ASSERT_TRUE(make_private_folder(folder.path() / "tree"));
  fs::create_directory_symlink(folder.path() / "kept", folder.path() / "tree" / "link");
  ASSERT_TRUE(remove_tree(folder.path() / "tree"));
  EXPECT_TRUE(fs::exists(folder.path() / "kept" / "file"));
}

TEST(UniqueFd, ClosesWithItsOwner) {
  int raw = -1;
  {
    const UniqueFd fd(::dup(0));
    raw = fd.get();
    ASSERT_TRUE(fd.valid());
  }

  struct stat unused {};

  EXPECT_NE(::fstat(raw, &unused), 0);
}

TEST(UniqueFd, MovesItsDescriptor) {
  UniqueFd first(::dup(0));
  const int raw = first.get();
  const UniqueFd second(std::move(first));
  EXPECT_EQ(second.get(), raw);
}

}  // namespace
}  // namespace athanor
