#include "athanor/cli/classification_layout.hpp"

#include <fstream>

#include "support/temp_dir.hpp"
#include <gtest/gtest.h>

namespace athanor::cli {
namespace {

namespace fs = std::filesystem;

void add_picture(const fs::path& path) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << "pixels";
}

std::vector<std::string> names_of(const std::vector<datasets::PackEntry>& entries) {
  std::vector<std::string> names;
  for (const auto& entry : entries) {
    names.push_back(entry.name);
  }
  return names;
}

class ClassificationLayout : public ::testing::Test {
 protected:
  testing::TempDir temp_;
  fs::path root_ = temp_.path();
};

TEST_F(ClassificationLayout, ClassFoldersGoBelowTheFolderOfTheSplit) {
  add_picture(root_ / "dog" / "1.jpg");
  add_picture(root_ / "cat" / "1.jpg");

  const auto entries = labelled_entries(root_, Split::val);

  ASSERT_TRUE(entries) << entries.error().message;
  EXPECT_EQ(names_of(*entries), (std::vector<std::string>{"images_val/cat", "images_val/dog"}));
  EXPECT_EQ(entries->front().source, root_ / "cat");
}

TEST_F(ClassificationLayout, DatasetRootGivesTheWantedSplit) {
  add_picture(root_ / "images_train" / "cat" / "1.jpg");
  add_picture(root_ / "images_val" / "dog" / "1.jpg");

  const auto entries = labelled_entries(root_, Split::val);

  ASSERT_TRUE(entries) << entries.error().message;
  EXPECT_EQ(names_of(*entries), std::vector<std::string>{"images_val/dog"});
}

TEST_F(ClassificationLayout, OtherSplitOfADatasetRootIsRenamed) {
  add_picture(root_ / "images_test" / "cat" / "1.jpg");

  const auto entries = labelled_entries(root_, Split::val);

  ASSERT_TRUE(entries) << entries.error().message;
  EXPECT_EQ(names_of(*entries), std::vector<std::string>{"images_val/cat"});
  EXPECT_EQ(entries->front().source, root_ / "images_test" / "cat");
}

TEST_F(ClassificationLayout, HiddenFoldersAndLooseFilesAreLeftOut) {
  add_picture(root_ / "cat" / "1.jpg");
  add_picture(root_ / ".cache" / "1.jpg");
  add_picture(root_ / "readme.txt");

  const auto entries = labelled_entries(root_, Split::train);

  ASSERT_TRUE(entries) << entries.error().message;
  EXPECT_EQ(names_of(*entries), std::vector<std::string>{"images_train/cat"});
}

TEST_F(ClassificationLayout, PicturesWithoutClassFoldersAreRefusedWithTheMend) {
  add_picture(root_ / "1.jpg");

  const auto entries = labelled_entries(root_, Split::train);

  ASSERT_FALSE(entries);
  EXPECT_EQ(entries.error().code, ErrorCode::invalid_argument);
  EXPECT_NE(entries.error().message.find("<class>"), std::string::npos);
}

TEST_F(ClassificationLayout, EmptyClassIsRefusedByName) {
  add_picture(root_ / "cat" / "1.jpg");
  fs::create_directories(root_ / "dog");

  const auto entries = labelled_entries(root_, Split::train);

  ASSERT_FALSE(entries);
  EXPECT_NE(entries.error().message.find("dog"), std::string::npos);
}

TEST_F(ClassificationLayout, MissingFolderIsNotFound) {
  const auto entries = labelled_entries(root_ / "nowhere", Split::train);

  ASSERT_FALSE(entries);
  EXPECT_EQ(entries.error().code, ErrorCode::not_found);
}

TEST_F(ClassificationLayout, FlatPicturesServeForInference) {
  add_picture(root_ / "1.jpg");

  const auto entries = unlabelled_entries(root_);

  ASSERT_TRUE(entries) << entries.error().message;
  EXPECT_EQ(names_of(*entries), std::vector<std::string>{"images_test"});
  EXPECT_EQ(entries->front().source, root_);
}

TEST_F(ClassificationLayout, InferenceOnNothingIsRefused) {
  EXPECT_FALSE(unlabelled_entries(root_));
}

}  // namespace
}  // namespace athanor::cli
