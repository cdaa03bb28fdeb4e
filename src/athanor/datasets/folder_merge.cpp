#include "athanor/datasets/folder_merge.hpp"

#include <fmt/format.h>

#include "athanor/datasets/member_name.hpp"
#include "athanor/datasets/name_check.hpp"

namespace athanor::datasets {

namespace {

namespace fs = std::filesystem;

/// `is_new`: there was no `to` before, so that its names are those of `from` alone.
Status link_missing_below(const fs::path& from,
                          const fs::path& to,
                          const fs::path& root,
                          bool is_new) {
  for (const auto& entry : fs::directory_iterator(from)) {
    const fs::path target = to / entry.path().filename();
    const bool taken = fs::exists(target);
    if (!entry.is_directory()) {
      if (!taken) {
        fs::create_hard_link(entry.path(), target);
      }
    } else if (!taken || fs::is_directory(target)) {
      fs::create_directory(target);
      ATHANOR_CHECK_OK(link_missing_below(entry.path(), target, root, !taken));
    }
  }
  return is_new ? Status() : check_names_of(to, root);
}

}  // namespace

Status move_merging(const fs::path& from, const fs::path& to) {
  for (const auto& entry : fs::directory_iterator(from)) {
    const fs::path target = to / entry.path().filename();
    if (!fs::exists(target)) {
      fs::rename(entry.path(), target);
    } else if (entry.is_directory() && fs::is_directory(target)) {
      ATHANOR_CHECK_OK(move_merging(entry.path(), target));
    } else {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("the archive is refused: \"{}\" comes twice once the folders before "
                              "the dataset's root are stripped",
                              shown(target.filename().string())));
    }
  }
  return {};
}

Status link_missing(const fs::path& from, const fs::path& to) {
  return link_missing_below(from, to, to, /*is_new=*/false);
}

}  // namespace athanor::datasets
