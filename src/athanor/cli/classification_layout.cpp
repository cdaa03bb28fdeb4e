#include "athanor/cli/classification_layout.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace athanor::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::string_view, 3> split_folders = {
    "images_train", "images_val", "images_test"};

Status require_folder(const fs::path& directory) {
  std::error_code error;
  if (!fs::is_directory(directory, error)) {
    return fail(ErrorCode::not_found, fmt::format("{} is no folder", directory.string()));
  }
  return {};
}

bool is_hidden(const fs::path& path) {
  return path.filename().string().starts_with('.');
}

/// Folders below `directory`, sorted by name, hidden ones left out.
Result<std::vector<fs::path>> folders_in(const fs::path& directory) {
  std::error_code error;
  std::vector<fs::path> folders;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->is_directory() && !is_hidden(entry->path())) {
      folders.push_back(entry->path());
    }
  }
  if (error) {
    return fail(ErrorCode::io,
                fmt::format("cannot list {}: {}", directory.string(), error.message()));
  }
  std::ranges::sort(folders);
  return folders;
}

/// The folder that holds the class folders: images_<split> where the root has one, any other
/// images_* split of it, or the root itself.
fs::path class_root(const fs::path& directory, Split split) {
  const auto wanted = directory / folder_of(split);
  if (fs::is_directory(wanted)) {
    return wanted;
  }
  for (const auto folder : split_folders) {
    if (fs::is_directory(directory / folder)) {
      return directory / folder;
    }
  }
  return directory;
}

bool holds_file(const fs::path& directory) {
  std::error_code error;
  for (fs::recursive_directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->is_regular_file()) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string_view folder_of(Split split) {
  return split_folders.at(static_cast<std::size_t>(split));
}

Result<std::vector<datasets::PackEntry>> labelled_entries(const fs::path& directory, Split split) {
  ATHANOR_CHECK_OK(require_folder(directory));
  const auto root = class_root(directory, split);
  ATHANOR_TRY(const auto classes, folders_in(root));
  if (classes.empty()) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("{} has no class folders; put the pictures of each class into a "
                            "folder of its own: {}/<class>/*.jpg",
                            root.string(),
                            root.string()));
  }
  std::vector<datasets::PackEntry> entries;
  for (const auto& folder : classes) {
    if (!holds_file(folder)) {
      return fail(
          ErrorCode::invalid_argument,
          fmt::format("class folder {} is empty; add pictures or remove it", folder.string()));
    }
    entries.push_back({folder, fmt::format("{}/{}", folder_of(split), folder.filename().string())});
  }
  return entries;
}

Result<std::vector<datasets::PackEntry>> unlabelled_entries(const fs::path& directory) {
  ATHANOR_CHECK_OK(require_folder(directory));
  const auto root = class_root(directory, Split::test);
  if (!holds_file(root)) {
    return fail(ErrorCode::invalid_argument, fmt::format("{} holds no pictures", root.string()));
  }
  return std::vector<datasets::PackEntry>{{root, std::string(folder_of(Split::test))}};
}

}  // namespace athanor::cli
