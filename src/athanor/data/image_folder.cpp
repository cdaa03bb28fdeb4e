#include "athanor/data/image_folder.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/core/files.hpp"
#include "athanor/core/picture_name.hpp"

namespace athanor::data {

namespace fs = std::filesystem;

namespace {

/// What `Iterator` finds in a folder and is `wanted`, sorted.
template <class Iterator, class Wanted>
Result<std::vector<fs::path>> sorted_entries(const fs::path& folder, const Wanted& wanted) {
  std::vector<fs::path> found;
  try {
    for (const fs::directory_entry& entry : Iterator(folder)) {
      if (wanted(entry)) {
        found.push_back(entry.path());
      }
    }
  } catch (const fs::filesystem_error& failure) {
    return fail(system_error("cannot list " + folder.filename().string(), failure.code().value()));
  }
  std::sort(found.begin(), found.end());
  return found;
}

Result<std::vector<fs::path>> sub_folders(const fs::path& folder) {
  return sorted_entries<fs::directory_iterator>(
      folder, [](const fs::directory_entry& entry) { return entry.is_directory(); });
}

Result<std::vector<fs::path>> images_below(const fs::path& folder) {
  return sorted_entries<fs::recursive_directory_iterator>(
      folder, [](const fs::directory_entry& entry) {
        return entry.is_regular_file() && is_picture_name(entry.path());
      });
}

Status check_known(const std::vector<std::string>& names, const std::vector<std::string>& known) {
  for (const auto& name : names) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("the dataset has a class folder \"{}\", which the model does not "
                              "know; it knows {}",
                              name,
                              fmt::join(known, ", ")));
    }
  }
  for (const auto& name : known) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("the dataset lacks a folder for the class \"{}\"; add {} with at "
                              "least one picture",
                              name,
                              name));
    }
  }
  return {};
}

}  // namespace

Result<fs::path> find_images_folder(const fs::path& root) {
  ATHANOR_TRY(const auto folders, sub_folders(root));
  std::vector<fs::path> found;
  for (const auto& folder : folders) {
    if (folder.filename().string().starts_with("images")) {
      found.push_back(folder);
    }
  }
  if (found.size() != 1) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("the dataset must hold exactly one folder named images* (images_train, "
                            "images_val, images_test or images); it holds {}",
                            found.size()));
  }
  return found.front();
}

Result<ImageFolder> list_image_folder(const fs::path& root,
                                      const std::vector<std::string>& known_classes) {
  ATHANOR_TRY(const auto images_folder, find_images_folder(root));
  ATHANOR_TRY(const auto folders, sub_folders(images_folder));
  std::vector<std::string> names;
  for (const auto& folder : folders) {
    names.push_back(folder.filename().string());
  }
  if (names.empty()) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("{} has no class folders; put the pictures of each class into a folder "
                            "of its own",
                            images_folder.filename().string()));
  }
  ImageFolder result;
  result.classes = known_classes.empty() ? names : known_classes;
  ATHANOR_CHECK_OK(check_known(names, result.classes));
  for (std::size_t label = 0; label < result.classes.size(); ++label) {
    const auto& name = result.classes[label];
    ATHANOR_TRY(const auto images, images_below(images_folder / name));
    if (images.empty()) {
      return fail(
          ErrorCode::invalid_argument,
          fmt::format("the class folder \"{}\" holds no pictures; add some or remove it", name));
    }
    for (const auto& image : images) {
      result.images.push_back({image, static_cast<std::int64_t>(label)});
    }
  }
  return result;
}

Result<std::vector<fs::path>> list_images(const fs::path& root) {
  ATHANOR_TRY(auto images, images_below(root));
  if (images.empty()) {
    return fail(ErrorCode::invalid_argument, "the dataset holds no pictures");
  }
  return images;
}

}  // namespace athanor::data
