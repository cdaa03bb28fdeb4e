#include "athanor/engine/data_digest.hpp"

#include <filesystem>

#include "support/temp_dir.hpp"
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"

namespace athanor::engine {

namespace {

using athanor::testing::TempDir;

void write(const TempDir& folder, const std::string& name, const std::string& content) {
  std::filesystem::create_directories((folder.path() / name).parent_path());
  ASSERT_TRUE(write_file_atomic(folder.path() / name, content));
}

void fill(const TempDir& folder) {
  write(folder, "images_train/cat/1.png", "four");
  write(folder, "images_train/dog/2.png", "other");
  write(folder, "train.csv", "fname,hue\n1.png,red\n");
}

std::string digest_of(const TempDir& folder, const std::string& id = "id") {
  return data_digest({{id, "image_classification", "custom", folder.path()}});
}

}  // namespace

TEST(DataDigest, IsThatOfACopyElsewhere) {
  const TempDir one;
  const TempDir other;
  fill(one);
  fill(other);

  EXPECT_EQ(digest_of(one), digest_of(other, "another id"));
  EXPECT_EQ(digest_of(one).size(), 64U);
}

TEST(DataDigest, TellsOtherFilesSizesAndLabelsApart) {
  const TempDir folder;
  fill(folder);
  const auto before = digest_of(folder);

  write(folder, "train.csv", "fname,hue\n1.png,tan\n");
  const auto relabelled = digest_of(folder);
  write(folder, "images_train/cat/1.png", "longer");
  const auto resized = digest_of(folder);
  std::filesystem::rename(folder.path() / "images_train/cat/1.png",
                          folder.path() / "images_train/dog/1.png");
  const auto moved = digest_of(folder);

  EXPECT_NE(before, relabelled);
  EXPECT_NE(relabelled, resized);
  EXPECT_NE(resized, moved);
}

TEST(DataDigest, CountsEveryDatasetInItsOrder) {
  const TempDir one;
  const TempDir other;
  fill(one);
  write(other, "images_train/cat/3.png", "four");
  const contract::DatasetInput first{"a", "", "", one.path()};
  const contract::DatasetInput second{"b", "", "", other.path()};

  EXPECT_NE(data_digest({first}), data_digest({first, second}));
  EXPECT_NE(data_digest({second, first}), data_digest({first, second}));
  EXPECT_EQ(data_digest({}), "");
}

}  // namespace athanor::engine
