#include "athanor/jobs/pretrained_staging.hpp"

#include <cerrno>

#include "support/temp_dir.hpp"
#include <gtest/gtest.h>

#include "athanor/core/disk_calls.hpp"
#include "athanor/core/files.hpp"

namespace athanor::jobs {

namespace {

namespace fs = std::filesystem;

class PretrainedStagingTest : public ::testing::Test {
 protected:
  PretrainedStaging filled() {
    auto staging = PretrainedStaging::create(data_.path(), id_).value();
    EXPECT_TRUE(write_file_atomic(staging.received(), "as it was sent"));
    EXPECT_TRUE(write_file_atomic(staging.path() / "weights.safetensors", "weights"));
    return staging;
  }

  [[nodiscard]] std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(
        fs::directory_iterator(data_.path() / "pretrained"), fs::directory_iterator()));
  }

  testing::TempDir data_;
  Uuid id_ = Uuid::random();
};

TEST_F(PretrainedStagingTest, PublishesTheWeightsAlone) {
  auto staging = filled();

  const auto folder = staging.publish();

  ASSERT_TRUE(folder) << folder.error().message;
  EXPECT_EQ(*folder, "pretrained/" + id_.to_string());
  EXPECT_EQ(read_file(data_.path() / *folder / "weights.safetensors").value(), "weights");
  EXPECT_FALSE(fs::exists(data_.path() / *folder / "received"));
  EXPECT_EQ(entries(), 1U);
}

TEST_F(PretrainedStagingTest, LeavesNothingWhenItIsGivenUp) {
  { const auto staging = filled(); }
  EXPECT_EQ(entries(), 0U);
}

TEST_F(PretrainedStagingTest, LeavesNothingWhicheverCallFails) {
  bool failed = true;
  for (int call = 0; failed; ++call) {
    {
      auto staging = filled();
      const disk::Fault fault(call, EIO);
      const auto published = staging.publish();
      failed = fault.happened();
      EXPECT_EQ(published.has_value(), !failed) << call;
    }
    EXPECT_EQ(entries(), failed ? 0U : 1U) << call;
  }
}

TEST_F(PretrainedStagingTest, TheNextStartRemovesWhatASuddenEndLeft) {
  auto kept = filled();
  const auto folder = kept.publish().value();
  for (const char* left :
       {"pretrained/staging-1", "pretrained/00000000-0000-0000-0000-000000000002"}) {
    ASSERT_TRUE(make_private_folder(data_.path() / left));
  }

  ASSERT_TRUE(remove_pretrained_leftovers(data_.path(),
                                          [&](const std::string& name) { return name == folder; }));

  EXPECT_EQ(entries(), 1U);
  EXPECT_TRUE(fs::exists(data_.path() / folder));
}

TEST(PretrainedLeftovers, AreNoneInANewDataFolder) {
  const testing::TempDir data;
  EXPECT_TRUE(remove_pretrained_leftovers(data.path(), [](const auto&) { return false; }));
}

}  // namespace

}  // namespace athanor::jobs
