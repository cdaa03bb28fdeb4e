#include "athanor/datasets/layout.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/core/files.hpp"
#include "athanor/core/json_file.hpp"
#include "athanor/core/json_strings.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/core/picture_name.hpp"
#include "athanor/datasets/member_name.hpp"

namespace athanor::datasets {

namespace {

namespace fs = std::filesystem;

/// Entries that a type and format need at the root; "a|b" is satisfied by either, a trailing "/"
/// means a folder with something in it.
struct Layout {
  std::string_view type;
  std::string_view format;
  std::array<std::string_view, 3> needed;
};

constexpr Layout layouts[] = {
    {"object_detection", "kitti", {"images/", "labels/"}},
    {"object_detection", "coco", {"images/", "annotations.json"}},
    {"object_detection", "coco_raw", {"images/", "label_map.txt"}},
    {"object_detection", "raw", {"images/"}},
    {"object_detection", "pascal_voc", {"images/|JPEGImages/", "Annotations/|labels/"}},
    {"instance_segmentation", "coco", {"images/", "annotations.json"}},
    {"instance_segmentation", "coco_raw", {"images/", "label_map.txt"}},
    {"instance_segmentation", "raw", {"images/"}},
    {"semantic_segmentation", "unet", {"images/", "masks/"}},
    {"semantic_segmentation", "coco", {"images/", "annotations.json"}},
    {"semantic_segmentation", "coco_raw", {"images/"}},
    {"semantic_segmentation", "raw", {"images/"}},
    {"character_recognition", "lprnet", {"image/", "label/", "characters.txt"}},
    {"character_recognition", "raw", {"image/"}},
    {"image_classification", "custom", {"val.csv"}},
    {"speech", "ljspeech", {"metadata.csv", "wavs/"}},
};

constexpr std::string_view classification = "image_classification";

tl::unexpected<Error> refuse(std::string message) {
  return fail(ErrorCode::invalid_argument, std::move(message));
}

std::vector<fs::path> sorted_entries(const fs::path& folder) {
  std::vector<fs::path> entries;
  for (const auto& entry : fs::directory_iterator(folder)) {
    entries.push_back(entry.path());
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

/// "images_train, classes.txt", for messages.
std::string listing(const fs::path& folder) {
  constexpr std::size_t most = 8;
  std::vector<std::string> names;
  for (const auto& entry : sorted_entries(folder)) {
    if (names.size() == most) {
      names.emplace_back("...");
      break;
    }
    names.push_back(shown(entry.filename().string()) + (fs::is_directory(entry) ? "/" : ""));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

bool is_there(const fs::path& root, std::string_view name) {
  if (!name.ends_with('/')) {
    return fs::is_regular_file(root / name);
  }
  const fs::path folder = root / name.substr(0, name.size() - 1);
  return fs::is_directory(folder) && !fs::is_empty(folder);
}

bool any_is_there(const fs::path& root, std::string_view names) {
  for (std::size_t start = 0; start <= names.size();) {
    const auto end = std::min(names.find('|', start), names.size());
    if (is_there(root, names.substr(start, end - start))) {
      return true;
    }
    start = end + 1;
  }
  return false;
}

std::string readable(std::string_view names) {
  std::string text(names);
  if (const auto bar = text.find('|'); bar != text.npos) {
    text.replace(bar, 1, " (or ");
    text += ")";
  }
  return text;
}

Status check_needed(const fs::path& root, const Layout& layout) {
  for (const auto needed : layout.needed) {
    if (!needed.empty() && !any_is_there(root, needed)) {
      return refuse(fmt::format(
          "{} is missing or empty at the root of the archive, which holds: {}. Format {} of {} "
          "needs it there",
          readable(needed),
          listing(root),
          layout.format,
          layout.type));
    }
  }
  return {};
}

bool holds_picture(const fs::path& folder) {
  const auto files = fs::recursive_directory_iterator(folder);
  return std::any_of(begin(files), end(files), [](const fs::directory_entry& entry) {
    return entry.is_regular_file() && is_picture_name(entry.path());
  });
}

std::vector<fs::path> folders_in(const fs::path& folder) {
  auto entries = sorted_entries(folder);
  std::erase_if(entries, [](const fs::path& entry) { return !fs::is_directory(entry); });
  return entries;
}

/// Pictures without class folders are fine where a table at the root labels them.
bool has_label_table(const fs::path& root) {
  return fs::exists(root / "train.csv") || fs::exists(root / "val.csv");
}

Status check_classes(const fs::path& root, const fs::path& pictures) {
  const std::string name = pictures.filename().string();
  const auto classes = folders_in(pictures);
  if (classes.empty() && !has_label_table(root)) {
    return refuse(
        fmt::format("{0}/ holds no class folders; put each picture in {0}/<its class>/", name));
  }
  for (const auto& folder : classes) {
    if (!holds_picture(folder)) {
      return refuse(fmt::format(
          "the class folder {}/{}/ holds no pictures (.jpg, .png, ...); add some or remove it",
          name,
          shown(folder.filename().string())));
    }
  }
  return {};
}

Status check_classification(const fs::path& root, const std::string& format) {
  ATHANOR_TRY(const fs::path pictures, picture_folder(root));
  if (!holds_picture(pictures)) {
    return refuse(
        fmt::format("{}/ holds no pictures (.jpg, .png, ...)", pictures.filename().string()));
  }
  return format == "default" ? check_classes(root, pictures) : Status();
}

Status check(const fs::path& root, const std::string& type, const std::string& format) {
  if (fs::is_empty(root)) {
    return refuse("the dataset holds no files");
  }
  for (const auto& layout : layouts) {
    if (layout.type == type && layout.format == format) {
      ATHANOR_CHECK_OK(check_needed(root, layout));
    }
  }
  return type == classification ? check_classification(root, format) : Status();
}

constexpr const char* class_list = "classes.json";

Result<std::vector<std::string>> listed_classes(const fs::path& file) {
  ATHANOR_TRY(const auto list, read_json_file(file, limits::class_list_bytes));
  auto names = list_of_strings(list);
  if (!names) {
    return refuse(fmt::format("{} must be a list of class names", class_list));
  }
  return std::move(*names);
}

}  // namespace

Result<fs::path> picture_folder(const fs::path& root) {
  auto folders = folders_in(root);
  std::erase_if(folders, [](const fs::path& folder) {
    return !folder.filename().string().starts_with("images");
  });
  if (folders.size() == 1) {
    return folders.front();
  }
  return refuse(fmt::format(
      "the root of the archive must hold exactly one folder named images_train, images_val, "
      "images_test or images; it holds: {}. {}",
      listing(root),
      folders.empty() ? "Put the pictures there" : "Make one dataset of each split"));
}

Status check_layout(const fs::path& root, const std::string& type, const std::string& format) {
  try {
    return check(root, type, format);
  } catch (const fs::filesystem_error& failure) {
    return fail(system_error("cannot look through the dataset", failure.code().value()));
  }
}

Result<std::vector<std::string>> class_names(const fs::path& root,
                                             const std::string& type,
                                             const std::string& format) {
  std::vector<std::string> names;
  try {
    if (fs::is_regular_file(root / class_list)) {
      return listed_classes(root / class_list);
    }
    if (type != classification || format != "default") {
      return names;
    }
    ATHANOR_TRY(const fs::path pictures, picture_folder(root));
    for (const auto& folder : folders_in(pictures)) {
      names.push_back(folder.filename().string());
    }
  } catch (const fs::filesystem_error& failure) {
    return fail(system_error("cannot read the dataset's classes", failure.code().value()));
  }
  return names;
}

}  // namespace athanor::datasets
