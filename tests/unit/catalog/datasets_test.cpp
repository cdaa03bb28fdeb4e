#include "athanor/catalog/datasets.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "athanor/spec/parameter.hpp"

namespace athanor::catalog {
namespace {

template <class Visit>
void for_each_kind(Visit&& visit) {
  for (const DatasetTypeInfo& type : dataset_types()) {
    for (const std::string_view format : type.formats) {
      visit(type.name, format);
    }
  }
}

TEST(DatasetTypes, AreTheSevenOfTheApi) {
  EXPECT_EQ(dataset_types().size(), 7U);
}

TEST(DatasetTypes, AreFoundByNameOnly) {
  EXPECT_NE(find_dataset_type("image_classification"), nullptr);
  EXPECT_EQ(find_dataset_type("images"), nullptr);
}

TEST(DatasetTypes, HoldFormatsOfTheApi) {
  for_each_kind([](std::string_view type, std::string_view format) {
    EXPECT_NE(std::ranges::find(dataset_formats(), format), dataset_formats().end())
        << type << " " << format;
  });
}

TEST(DatasetActions, FitTheFormat) {
  const auto of = [](std::string_view type, std::string_view format) {
    const auto actions = dataset_actions(type, format);
    return std::vector<std::string_view>(actions.begin(), actions.end());
  };
  using Names = std::vector<std::string_view>;
  EXPECT_EQ(of("object_detection", "kitti"),
            (Names{"convert", "convert_and_index", "augment", "kmeans"}));
  EXPECT_EQ(of("object_detection", "coco"), Names{"convert_efficientdet"});
  EXPECT_EQ(of("instance_segmentation", "coco"), Names{"convert"});
  EXPECT_EQ(of("object_detection", "raw"), Names{});
  EXPECT_EQ(of("image_classification", "default"), Names{});
}

TEST(DatasetActions, HaveATableEach) {
  for_each_kind([](std::string_view type, std::string_view format) {
    for (const std::string_view action : dataset_actions(type, format)) {
      EXPECT_NE(spec::find_table(type, action), nullptr) << type << " " << action;
    }
  });
}

TEST(DatasetActions, RunOnlyWhatIsKnown) {
  for_each_kind([](std::string_view type, std::string_view format) {
    const auto known = dataset_actions(type, format);
    for (const std::string_view action : runnable_dataset_actions(type, format)) {
      EXPECT_NE(std::ranges::find(known, action), known.end()) << type << " " << action;
    }
  });
}

TEST(HasLabels, IsFalseForRawFormatsOnly) {
  EXPECT_FALSE(has_labels("raw"));
  EXPECT_FALSE(has_labels("coco_raw"));
  EXPECT_TRUE(has_labels("kitti"));
}

}  // namespace
}  // namespace athanor::catalog
