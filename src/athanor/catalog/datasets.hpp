#pragma once

#include <span>
#include <string_view>

namespace athanor::catalog {

/// One dataset type and what it may hold.
struct DatasetTypeInfo {
  std::string_view name;                      ///< "image_classification"
  std::span<const std::string_view> formats;  ///< "default", "custom", "raw"
};

/// The seven types, in the order of the API's enum.
[[nodiscard]] std::span<const DatasetTypeInfo> dataset_types();

[[nodiscard]] const DatasetTypeInfo* find_dataset_type(std::string_view name);

/// Every format of every type, in the order of the API's enum.
[[nodiscard]] std::span<const std::string_view> dataset_formats();

/// The actions with a schema for datasets of this type and format.
[[nodiscard]] std::span<const std::string_view> dataset_actions(std::string_view type,
                                                                std::string_view format);

/// Those of them that run today; `actions` of a dataset record lists these.
[[nodiscard]] std::span<const std::string_view> runnable_dataset_actions(std::string_view type,
                                                                         std::string_view format);

/// raw and coco_raw have no labels: good for inference and calibration only.
[[nodiscard]] bool has_labels(std::string_view format);

}  // namespace athanor::catalog
