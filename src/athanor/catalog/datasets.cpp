#include "athanor/catalog/datasets.hpp"

#include <algorithm>
#include <array>

namespace athanor::catalog {

namespace {

using Names = std::span<const std::string_view>;

constexpr std::array<std::string_view, 5> detection_formats{
    "kitti", "pascal_voc", "raw", "coco", "coco_raw"};
constexpr std::array<std::string_view, 3> semantic_formats{"unet", "coco", "raw"};
constexpr std::array<std::string_view, 3> classification_formats{"default", "custom", "raw"};
constexpr std::array<std::string_view, 3> instance_formats{"coco", "coco_raw", "raw"};
constexpr std::array<std::string_view, 2> character_formats{"lprnet", "raw"};
constexpr std::array<std::string_view, 5> speech_formats{
    "ljspeech", "default", "custom", "raw", "auxillary"};
constexpr std::array<std::string_view, 5> mel_formats{
    "hifigan", "default", "custom", "raw", "auxillary"};

constexpr std::array<DatasetTypeInfo, 7> type_table{{
    {"object_detection", detection_formats},
    {"semantic_segmentation", semantic_formats},
    {"image_classification", classification_formats},
    {"instance_segmentation", instance_formats},
    {"character_recognition", character_formats},
    {"speech", speech_formats},
    {"mel_spectrogram", mel_formats},
}};

constexpr std::array<std::string_view, 12> formats{"kitti",
                                                   "pascal_voc",
                                                   "raw",
                                                   "coco_raw",
                                                   "unet",
                                                   "coco",
                                                   "lprnet",
                                                   "ljspeech",
                                                   "hifigan",
                                                   "default",
                                                   "custom",
                                                   "auxillary"};

constexpr std::array<std::string_view, 4> kitti_actions{
    "convert", "convert_and_index", "augment", "kmeans"};
constexpr std::array<std::string_view, 1> coco_detection_actions{"convert_efficientdet"};
constexpr std::array<std::string_view, 1> convert_action{"convert"};

}  // namespace

std::span<const DatasetTypeInfo> dataset_types() {
  return type_table;
}

const DatasetTypeInfo* find_dataset_type(std::string_view name) {
  const auto found = std::ranges::find(type_table, name, &DatasetTypeInfo::name);
  return found == type_table.end() ? nullptr : &*found;
}

std::span<const std::string_view> dataset_formats() {
  return formats;
}

std::span<const std::string_view> dataset_actions(std::string_view type, std::string_view format) {
  if (type == "object_detection" && format == "kitti") {
    return kitti_actions;
  }
  if (type == "object_detection" && format == "coco") {
    return coco_detection_actions;
  }
  if ((type == "instance_segmentation" || type == "semantic_segmentation") && format == "coco") {
    return convert_action;
  }
  return Names{};
}

std::span<const std::string_view> runnable_dataset_actions(std::string_view /*type*/,
                                                           std::string_view /*format*/) {
  // None is built yet; each arrives with the network that needs it.
  return Names{};
}

bool has_labels(std::string_view format) {
  return format != "raw" && format != "coco_raw";
}

}  // namespace athanor::catalog
