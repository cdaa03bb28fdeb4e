#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "athanor/core/error.hpp"

namespace athanor::data {

/// One picture and the index of its class.
struct LabelledImage {
  std::filesystem::path path;
  std::int64_t label = 0;
};

/// Pictures in one folder per class.
struct ImageFolder {
  std::vector<std::string> classes;   ///< Folder names, sorted.
  std::vector<LabelledImage> images;  ///< By class, then by name.

  [[nodiscard]] std::size_t size() const { return images.size(); }
};

/// The one folder whose name begins with "images" in a dataset; an error if there is none or more.
[[nodiscard]] Result<std::filesystem::path> find_images_folder(const std::filesystem::path& root);

/// The pictures of `root`/images*/<class>/, sub-folders included. `known_classes` fixes the
/// indices (a model's classes; a folder that is not among them is an error naming it, and so is a
/// class without folder); when empty, the sorted folder names are the classes. A class folder
/// without pictures is an error naming it.
[[nodiscard]] Result<ImageFolder> list_image_folder(
    const std::filesystem::path& root, const std::vector<std::string>& known_classes = {});

/// Every picture below `root`, sorted by path; an error if there is none.
[[nodiscard]] Result<std::vector<std::filesystem::path>> list_images(
    const std::filesystem::path& root);

}  // namespace athanor::data
