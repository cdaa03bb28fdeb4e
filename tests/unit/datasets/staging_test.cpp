#include "athanor/datasets/staging.hpp"

#include <cerrno>

#include "archive_builder.hpp"
#include "support/temp_dir.hpp"
#include <gtest/gtest.h>

#include "athanor/core/disk_calls.hpp"
#include "athanor/core/files.hpp"

namespace athanor::datasets {
namespace {

class StagingTest : public ::testing::Test {
 protected:
  Staging staged(const std::vector<std::string>& files, std::string_view content = "new") {
    auto staging = Staging::create(data_dir_.path(), dataset_).value();
    for (const auto& file : files) {
      put_file(staging.path() / file, content);
    }
    return staging;
  }

  std::string published(const std::vector<std::string>& files, std::string_view content = "old") {
    return staged(files, content).publish().value();
  }

  std::string content_of(const std::filesystem::path& below) {
    return read_file(data_dir_.path() / below).value_or("missing");
  }

  athanor::testing::TempDir data_dir_;
  const Uuid dataset_ = Uuid::random();
};

TEST_F(StagingTest, PublishesUnderAFreshNameOfTheDataset) {
  const std::string folder = published({"images/a.jpg"});
  EXPECT_TRUE(folder.starts_with("datasets/" + dataset_.to_string() + "/data-")) << folder;
  EXPECT_EQ(content_of(folder + "/images/a.jpg"), "old");
  EXPECT_NE(published({"images/a.jpg"}), folder);
}

TEST_F(StagingTest, LeavesNothingWhenNotPublished) {
  std::filesystem::path path;
  {
    const auto staging = staged({"images/a.jpg"});
    path = staging.path();
    EXPECT_TRUE(std::filesystem::exists(path));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(StagingTest, MergeAddsFormerFilesAndKeepsNewOnes) {
  const std::string former = published({"images/a.jpg", "images/b.jpg", "labels/a.txt"});
  auto staging = staged({"images/b.jpg", "images/c.jpg"});
  ASSERT_TRUE(staging.merge(former));
  EXPECT_EQ(tree_of(staging.path()),
            "images/ images/a.jpg images/b.jpg images/c.jpg labels/ labels/a.txt");
  EXPECT_EQ(read_file(staging.path() / "images/b.jpg").value(), "new");
  EXPECT_EQ(content_of(former + "/images/b.jpg"), "old");
}

TEST_F(StagingTest, MergeRefusesNamesThatDifferFromFormerOnesByCaseOrFormAlone) {
  struct Pair {
    std::string former;
    std::string added;
  };

  for (const auto& [former, added] : {Pair{"images/a.jpg", "images/A.JPG"},
                                      Pair{"images/a/1.jpg", "images/A"},
                                      Pair{"images/A", "images/a/1.jpg"},
                                      Pair{"i/K\u00e4se/1.jpg", "i/Ka\u0308se/2.jpg"}}) {
    auto staging = staged({added});
    const auto merged = staging.merge(published({former}));
    ASSERT_FALSE(merged) << added;
    EXPECT_EQ(merged.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(merged.error().message.find("differ by case"), std::string::npos);
  }
}

TEST_F(StagingTest, MergeKeepsClassFoldersThatDifferByCase) {
  auto staging = staged({"images/A/1.jpg"});
  ASSERT_TRUE(staging.merge(published({"images/a/1.jpg"})));
  EXPECT_EQ(tree_of(staging.path()), "images/ images/A/ images/A/1.jpg images/a/ images/a/1.jpg");
}

TEST_F(StagingTest, MergedFilesOutliveTheFormerFolder) {
  const std::string former = published({"images/a.jpg"});
  auto staging = staged({"images/c.jpg"});
  ASSERT_TRUE(staging.merge(former));
  const std::string folder = staging.publish().value();
  ASSERT_TRUE(remove_tree(data_dir_.path() / former));
  EXPECT_EQ(content_of(folder + "/images/a.jpg"), "old");
}

TEST_F(StagingTest, FirstUploadHasNothingToMerge) {
  auto staging = staged({"images/a.jpg"});
  EXPECT_TRUE(staging.merge(""));
  EXPECT_EQ(tree_of(staging.path()), "images/ images/a.jpg");
}

TEST_F(StagingTest, MergeFailsWhenTheFormerDataAreGone) {
  auto staging = staged({"images/a.jpg"});
  EXPECT_FALSE(staging.merge("datasets/" + dataset_.to_string() + "/data-gone"));
}

TEST_F(StagingTest, PublishesOnceTheSyncThatWasStartedIsDone) {
  auto staging = staged({"images/a.jpg"}, "new");
  staging.start_sync();
  EXPECT_EQ(content_of(staging.publish().value() + "/images/a.jpg"), "new");
}

TEST_F(StagingTest, LeavesNothingWhenGivenUpDuringTheSync) {
  std::filesystem::path path;
  {
    auto staging = staged({"images/a.jpg"});
    path = staging.path();
    staging.start_sync();
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(StagingTest, LeavesTheFormerDataAndNothingElseWhicheverCallFails) {
  const std::string former = published({"images/a.jpg"});
  int calls = 0;
  for (bool failed = true; failed; ++calls) {
    const auto folder = [&]() -> Result<std::string> {
      const disk::Fault fault(calls, ENOSPC);
      auto outcome = [&]() -> Result<std::string> {
        ATHANOR_TRY(auto staging, Staging::create(data_dir_.path(), dataset_));
        ATHANOR_CHECK_OK(write_file_atomic(staging.path() / "b.jpg", "new"));
        ATHANOR_CHECK_OK(staging.merge(former));
        staging.start_sync();
        return staging.publish();
      }();
      failed = fault.happened();
      return outcome;
    }();

    EXPECT_EQ(folder.has_value(), !failed) << calls;
    EXPECT_EQ(content_of(former + "/images/a.jpg"), "old");
    const auto all =
        std::filesystem::directory_iterator(data_dir_.path() / "datasets" / dataset_.to_string());
    EXPECT_EQ(std::distance(begin(all), end(all)), failed ? 1 : 2) << calls;
  }
  EXPECT_GT(calls, 6);
}

TEST_F(StagingTest, RemovesLeftoversAndKeepsWhatIsUsed) {
  const std::string used = published({"images/a.jpg"});
  const std::string orphan = published({"images/a.jpg"});
  const auto crashed = data_dir_.path() / "datasets" / dataset_.to_string() / "staging-1";
  put_file(crashed / "images" / "half.jpg");
  ASSERT_TRUE(remove_leftovers(data_dir_.path(),
                               [&](const std::string& folder) { return folder == used; }));
  EXPECT_EQ(content_of(used + "/images/a.jpg"), "old");
  EXPECT_FALSE(std::filesystem::exists(data_dir_.path() / orphan));
  EXPECT_FALSE(std::filesystem::exists(crashed));
}

TEST_F(StagingTest, ReportsAndPartsOfThemGoWithTheirData) {
  const std::string used = published({"images/a.jpg"});
  const std::string orphan = published({"images/a.jpg"});
  const auto data = data_dir_.path();
  const std::string part = used + ".report.json.tmp-" + Uuid::random().to_string();
  for (const auto& name : {used + ".report.json", orphan + ".report.json", part}) {
    put_file(data / name);
  }
  ASSERT_TRUE(remove_leftovers(data, [&](const std::string& folder) { return folder == used; }));
  EXPECT_TRUE(std::filesystem::exists(data / (used + ".report.json")));
  EXPECT_FALSE(std::filesystem::exists(data / (orphan + ".report.json")));
  EXPECT_FALSE(std::filesystem::exists(data / part));
}

TEST_F(StagingTest, AFreshDataDirectoryHasNoLeftovers) {
  EXPECT_TRUE(remove_leftovers(data_dir_.path() / "new", [](const std::string&) { return true; }));
}

}  // namespace
}  // namespace athanor::datasets
