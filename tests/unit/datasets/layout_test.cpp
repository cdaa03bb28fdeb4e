#include "athanor/datasets/layout.hpp"

#include "archive_builder.hpp"
#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/catalog/datasets.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/datasets/archive_reader.hpp"

namespace athanor::datasets {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Why a dataset with these files is refused; "" if it is not.
std::string refusal(const std::string& type,
                    const std::string& format,
                    const std::vector<std::string>& files) {
  const athanor::testing::TempDir root;
  for (const auto& file : files) {
    put_file(root.path() / file);
  }
  const auto checked = check_layout(root.path(), type, format);
  return checked ? "" : checked.error().message;
}

struct Example {
  std::string type;
  std::string format;
  std::vector<std::string> files;  ///< The least that is accepted.
};

void PrintTo(const Example& example, std::ostream* out) {  // Found by GoogleTest under this name.
  *out << example.type << "_" << example.format;
}

const std::vector<Example>& examples() {
  static const std::vector<Example> all = {
      {"object_detection", "kitti", {"images/a.jpg", "labels/a.txt"}},
      {"object_detection", "coco", {"images/a.jpg", "annotations.json"}},
      {"object_detection", "coco_raw", {"images/a.jpg", "label_map.txt"}},
      {"object_detection", "raw", {"images/a.jpg"}},
      {"object_detection", "pascal_voc", {"JPEGImages/a.jpg", "Annotations/a.xml"}},
      {"instance_segmentation", "coco", {"images/a.jpg", "annotations.json"}},
      {"instance_segmentation", "coco_raw", {"images/a.jpg", "label_map.txt"}},
      {"instance_segmentation", "raw", {"images/a.jpg"}},
      {"semantic_segmentation", "unet", {"images/train/a.png", "masks/train/a.png"}},
      {"semantic_segmentation", "coco", {"images/a.jpg", "annotations.json"}},
      {"semantic_segmentation", "raw", {"images/a.jpg"}},
      {"character_recognition", "lprnet", {"image/a.jpg", "label/a.txt", "characters.txt"}},
      {"character_recognition", "raw", {"image/a.jpg"}},
      {"image_classification", "default", {"images_train/cat/a.jpg"}},
      {"image_classification", "custom", {"images_train/a.jpg", "val.csv"}},
      {"image_classification", "raw", {"images_test/a.jpg"}},
      {"speech", "ljspeech", {"wavs/a.wav", "metadata.csv"}},
      {"speech", "custom", {"lexicon.txt"}},
      {"mel_spectrogram", "hifigan", {"manifest.json"}},
  };
  return all;
}

class LayoutOfEveryFormat : public ::testing::TestWithParam<Example> {};

TEST_P(LayoutOfEveryFormat, AcceptsTheLeast) {
  EXPECT_EQ(refusal(GetParam().type, GetParam().format, GetParam().files), "");
}

TEST_P(LayoutOfEveryFormat, RefusesWhenAnyPartIsMissing) {
  for (std::size_t missing = 0; missing < GetParam().files.size(); ++missing) {
    auto files = GetParam().files;
    files.erase(files.begin() + static_cast<std::ptrdiff_t>(missing));
    EXPECT_NE(refusal(GetParam().type, GetParam().format, files), "") << missing;
  }
}

INSTANTIATE_TEST_SUITE_P(,
                         LayoutOfEveryFormat,
                         ::testing::ValuesIn(examples()),
                         ::testing::PrintToStringParamName());

TEST(Layout, HasAnExampleOfEveryCheckedTypeInTheCatalog) {
  for (const auto& type : catalog::dataset_types()) {
    EXPECT_TRUE(std::any_of(examples().begin(), examples().end(), [&](const Example& example) {
      return example.type == type.name;
    })) << type.name;
  }
}

TEST(Layout, MessageNamesWhatIsMissingAndWhatIsThere) {
  EXPECT_THAT(
      refusal("object_detection", "kitti", {"images/a.jpg", "label/a.txt"}),
      AllOf(HasSubstr("labels/ is missing"), HasSubstr("images/, label/"), HasSubstr("kitti")));
}

TEST(Layout, AFileIsNoFolder) {
  EXPECT_NE(refusal("object_detection", "raw", {"images"}), "");
}

TEST(ClassificationLayout, EmptyClassIsNamed) {
  EXPECT_THAT(refusal("image_classification",
                      "default",
                      {"images_train/cat/a.jpg", "images_train/dog/notes.txt"}),
              HasSubstr("images_train/dog/"));
}

TEST(ClassificationLayout, ExtensionsOfPicturesIgnoreCase) {
  EXPECT_EQ(refusal("image_classification", "default", {"images_val/cat/A.JPG"}), "");
}

TEST(ClassificationLayout, PicturesWithoutClassFoldersAreRefused) {
  EXPECT_THAT(refusal("image_classification", "default", {"images_train/a.jpg"}),
              HasSubstr("class folders"));
}

TEST(ClassificationLayout, ATableMayLabelThePictures) {
  EXPECT_EQ(refusal("image_classification", "default", {"images_val/a.jpg", "val.csv"}), "");
}

TEST(ClassificationLayout, TwoSplitsAreTwoDatasets) {
  EXPECT_THAT(
      refusal(
          "image_classification", "default", {"images_train/cat/a.jpg", "images_val/cat/a.jpg"}),
      HasSubstr("one dataset of each split"));
}

TEST(ClassNames, AreTheSortedClassFolders) {
  const athanor::testing::TempDir root;
  for (const auto* name : {"zebra", "Ant", "cat"}) {
    put_file(root.path() / "images_train" / name / "a.jpg");
  }
  put_file(root.path() / "images_train" / "readme.txt");
  EXPECT_THAT(class_names(root.path(), "image_classification", "default").value(),
              ElementsAre("Ant", "cat", "zebra"));
  EXPECT_THAT(class_names(root.path(), "object_detection", "kitti").value(), IsEmpty());
}

TEST(ClassNames, AreThoseThatTheConversionFound) {
  const athanor::testing::TempDir root;
  ASSERT_TRUE(write_file_atomic(root.path() / "classes.json", R"(["person", "car"])"));

  EXPECT_THAT(class_names(root.path(), "object_detection", "kitti").value(),
              ElementsAre("person", "car"));
}

TEST(ClassNames, AreRefusedWhereTheListIsNone) {
  const athanor::testing::TempDir root;
  for (const auto* text : {"", "{}", "[1]", "[\"car\""}) {
    ASSERT_TRUE(write_file_atomic(root.path() / "classes.json", text));
    EXPECT_FALSE(class_names(root.path(), "object_detection", "kitti")) << text;
  }
  const std::string huge(limits::class_list_bytes + 1, ' ');
  ASSERT_TRUE(write_file_atomic(root.path() / "classes.json", huge));
  EXPECT_FALSE(class_names(root.path(), "object_detection", "kitti"));
}

TEST(ClassNames, FailWithoutPictures) {
  const athanor::testing::TempDir root;
  EXPECT_FALSE(class_names(root.path() / "gone", "image_classification", "default"));
}

}  // namespace
}  // namespace athanor::datasets
