#include "athanor/data/image_folder.hpp"

#include <fstream>

#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::data {

namespace {

using athanor::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

void touch(const std::filesystem::path& path) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << "x";
}

}  // namespace

TEST(ListImageFolder, SortsClassesAndPictures) {
  const TempDir dir;
  touch(dir.path() / "images_train/dog/2.jpg");
  touch(dir.path() / "images_train/dog/1.jpg");
  touch(dir.path() / "images_train/cat/sub/3.png");
  touch(dir.path() / "images_train/cat/notes.txt");
  touch(dir.path() / "classes.txt");

  const auto folder = list_image_folder(dir.path());

  ASSERT_TRUE(folder) << folder.error().message;
  EXPECT_THAT(folder->classes, ElementsAre("cat", "dog"));
  ASSERT_EQ(folder->images.size(), 3U);
  EXPECT_EQ(folder->images[0].path.filename(), "3.png");
  EXPECT_EQ(folder->images[1].path.filename(), "1.jpg");
  EXPECT_EQ(folder->images[1].label, 1);
}

TEST(ListImageFolder, KeepsTheModelsIndices) {
  const TempDir dir;
  touch(dir.path() / "images_val/a/1.jpg");
  touch(dir.path() / "images_val/b/1.jpg");

  const auto folder = list_image_folder(dir.path(), {"b", "a"});

  ASSERT_TRUE(folder) << folder.error().message;
  EXPECT_EQ(folder->images.front().path.parent_path().filename(), "b");
  EXPECT_EQ(folder->images.front().label, 0);
}

TEST(ListImageFolder, NamesAClassTheModelDoesNotKnow) {
  const TempDir dir;
  touch(dir.path() / "images_val/zebra/1.jpg");

  EXPECT_THAT(list_image_folder(dir.path(), {"cat"}).error().message, HasSubstr("zebra"));
}

TEST(ListImageFolder, NamesAClassWithoutFolder) {
  const TempDir dir;
  touch(dir.path() / "images_val/cat/1.jpg");

  EXPECT_THAT(list_image_folder(dir.path(), {"cat", "dog"}).error().message, HasSubstr("dog"));
}

TEST(ListImageFolder, NamesAnEmptyClass) {
  const TempDir dir;
  touch(dir.path() / "images_train/cat/1.jpg");
  std::filesystem::create_directories(dir.path() / "images_train/dog");

  EXPECT_THAT(list_image_folder(dir.path()).error().message, HasSubstr("\"dog\""));
}

TEST(ListImageFolder, WantsExactlyOneImagesFolder) {
  const TempDir dir;
  EXPECT_THAT(list_image_folder(dir.path()).error().message, HasSubstr("holds 0"));
  touch(dir.path() / "images_val/cat/1.jpg");
  touch(dir.path() / "images_train/cat/1.jpg");

  EXPECT_THAT(list_image_folder(dir.path()).error().message, HasSubstr("holds 2"));
}

TEST(ListImageFolder, TellsAFolderThatCannotBeListedWithoutItsPath) {
  const TempDir dir;
  touch(dir.path() / "images_train/cat/1.jpg");
  std::filesystem::create_symlink("loop", dir.path() / "images_train/loop");

  const auto folder = list_image_folder(dir.path());

  ASSERT_FALSE(folder);
  EXPECT_THAT(folder.error().message, HasSubstr("cannot list images_train: "));
  EXPECT_THAT(folder.error().message, Not(HasSubstr(dir.path().string())));
}

TEST(ListImages, FindsPicturesInSubFolders) {
  const TempDir dir;
  touch(dir.path() / "images/b/2.jpg");
  touch(dir.path() / "images/1.PNG");
  touch(dir.path() / "images/readme.md");

  const auto images = list_images(dir.path());

  ASSERT_TRUE(images);
  EXPECT_THAT(*images, ElementsAre(dir.path() / "images/1.PNG", dir.path() / "images/b/2.jpg"));
}

}  // namespace athanor::data
