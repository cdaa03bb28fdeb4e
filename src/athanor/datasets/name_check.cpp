#include "athanor/datasets/name_check.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "athanor/core/keyed_hash.hpp"
#include "athanor/datasets/member_name.hpp"
#include "athanor/datasets/name_form.hpp"

namespace athanor::datasets {

namespace {

namespace fs = std::filesystem;

using Hashes = std::vector<std::uint64_t>;
using NameForm = std::string (*)(std::string_view);
using TwoNames = std::pair<std::string, std::string>;

std::optional<std::uint64_t> first_repeated(const Hashes& sorted) {
  const auto found = std::adjacent_find(sorted.begin(), sorted.end());
  return found == sorted.end() ? std::nullopt : std::optional(*found);
}

std::optional<std::uint64_t> first_common(const Hashes& some, const Hashes& sorted) {
  const auto found = std::find_if(some.begin(), some.end(), [&sorted](std::uint64_t hash) {
    return std::binary_search(sorted.begin(), sorted.end(), hash);
  });
  return found == some.end() ? std::nullopt : std::optional(*found);
}

/// What is compared of the names in one folder.
class NamesOfFolder {
 public:
  explicit NamesOfFolder(const fs::path& folder) : folder_(folder) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      if (entry.is_directory()) {
        folders_.push_back(keyed_hash(case_folded(name)));
        classes_.push_back(keyed_hash(composed(name)));
      } else {
        files_.push_back(keyed_hash(case_folded(name)));
      }
    }
    std::sort(files_.begin(), files_.end());
    std::sort(classes_.begin(), classes_.end());
  }

  [[nodiscard]] bool has_folders() const { return !folders_.empty(); }

  [[nodiscard]] std::optional<TwoNames> clash() const {
    if (const auto hash = first_repeated(files_)) {
      return names_with(*hash, case_folded);
    }
    if (const auto hash = first_common(folders_, files_)) {
      return names_with(*hash, case_folded);
    }
    if (const auto hash = first_repeated(classes_)) {
      return names_with(*hash, composed);
    }
    return std::nullopt;
  }

 private:
  /// The first two, files before folders: of folders alone, two may be fine.
  [[nodiscard]] TwoNames names_with(std::uint64_t hash, NameForm form) const {
    std::vector<std::pair<bool, std::string>> found;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      std::string name = entry.path().filename().string();
      if (keyed_hash(form(name)) == hash) {
        found.emplace_back(entry.is_directory(), std::move(name));
        std::sort(found.begin(), found.end());
        found.resize(std::min<std::size_t>(found.size(), 2));
      }
    }
    found.resize(2);  // Whoever deletes the dataset may be at work here.
    return {found[0].second, found[1].second};
  }

  const fs::path& folder_;
  Hashes files_;
  Hashes folders_;
  Hashes classes_;  ///< The folders' names with their case.
};

Status refuse_clash(const NamesOfFolder& names, const fs::path& folder, const fs::path& root) {
  const auto clash = names.clash();
  if (!clash) {
    return {};
  }
  const std::string place = folder.lexically_relative(root).string();
  return fail(ErrorCode::invalid_argument,
              fmt::format("\"{}\" and \"{}\" {} differ by case or Unicode form alone; rename one",
                          shown(clash->first),
                          shown(clash->second),
                          place == "." ? "at the root" : fmt::format("in \"{}\"", shown(place))));
}

Status check_folders_below(const fs::path& folder, const fs::path& root) {
  bool has_folders = false;
  {
    const NamesOfFolder names(folder);
    ATHANOR_CHECK_OK(refuse_clash(names, folder, root));
    has_folders = names.has_folders();
  }
  if (!has_folders) {
    return {};
  }
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_directory()) {
      ATHANOR_CHECK_OK(check_folders_below(entry.path(), root));
    }
  }
  return {};
}

}  // namespace

Status check_names_of(const fs::path& folder, const fs::path& root) {
  return refuse_clash(NamesOfFolder(folder), folder, root);
}

Status check_names_below(const fs::path& root) {
  return check_folders_below(root, root);
}

}  // namespace athanor::datasets
