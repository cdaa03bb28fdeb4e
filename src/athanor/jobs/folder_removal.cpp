#include "athanor/jobs/folder_removal.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "athanor/core/files.hpp"
#include "athanor/core/kill_point.hpp"
#include "athanor/core/log.hpp"

namespace athanor::jobs {
namespace {

/// Removes a folder, then the note of it: a crash in between costs another look.
Status remove_folder(store::Store& store,
                     const std::filesystem::path& path,
                     const std::string& note) {
  ATHANOR_CHECK_OK(remove_tree(path));
  pass(KillPoint::folder_removed);
  return store.removed_folders().forget(note);
}

}  // namespace

Awaitable<void> FolderRemoval::run() {
  again_ = true;
  if (running_) {
    co_return;
  }
  running_ = true;
  while (std::exchange(again_, false) && !stopping_.is_set()) {
    co_await remove_unread();
  }
  running_ = false;
}

Awaitable<void> FolderRemoval::remove_unread() {
  const auto folders = co_await pool_.run([&] { return store_.removed_folders().list(); });
  if (!folders) {
    log::warning("jobs", "cannot read what to remove", {{"error", folders.error().message}});
    again_ = false;
    co_return;
  }
  for (const std::string& folder : *folders) {
    const std::filesystem::path path = data_folder_ / folder;
    if (is_read_(path)) {
      continue;  // Its readers come here when they end.
    }
    const auto removed = co_await pool_.run([&] { return remove_folder(store_, path, folder); });
    if (!removed) {
      log::warning("jobs", removed.error().message, {{"folder", folder}});
    }
  }
}

bool lies_in(const std::filesystem::path& input, const std::filesystem::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), input.begin(), input.end()).first ==
         folder.end();
}

}  // namespace athanor::jobs
