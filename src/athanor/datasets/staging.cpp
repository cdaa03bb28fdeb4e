#include "athanor/datasets/staging.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "athanor/core/data_folder.hpp"
#include "athanor/core/disk_calls.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/log.hpp"
#include "athanor/datasets/folder_merge.hpp"

namespace athanor::datasets {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view staging_prefix = "staging-";
constexpr std::string_view data_prefix = "data-";

std::string fresh_name(std::string_view prefix) {
  return std::string(prefix) + Uuid::random().to_string();
}

/// Everything on the file system of `path`: one call instead of one a file.
Status sync_file_system(const fs::path& path) {
  const UniqueFd folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid() || disk::syncfs(folder.get()) != 0) {
    return fail(system_error("cannot sync the dataset to disk", errno));
  }
  return {};
}

std::vector<fs::path> leftovers(const fs::path& data_dir,
                                const std::function<bool(const std::string&)>& is_used) {
  std::vector<fs::path> found;
  for (const auto& dataset : fs::directory_iterator(data_dir / datasets_folder)) {
    for (const auto& entry : fs::directory_iterator(dataset.path())) {
      const std::string name = entry.path().filename().string();
      // A report, "data-<uuid>.report.json", goes with its folder.
      const fs::path data = dataset.path() / name.substr(0, name.find('.'));
      const std::string below = data.lexically_relative(data_dir).string();
      const bool is_unfinished =
          name.starts_with(staging_prefix) || is_temporary_name(entry.path());
      if (is_unfinished || (name.starts_with(data_prefix) && !is_used(below))) {
        found.push_back(entry.path());
      }
    }
  }
  return found;
}

}  // namespace

Staging::Staging(fs::path data_dir, fs::path path)
    : data_dir_(std::move(data_dir)), path_(std::move(path)) {}

Staging::Staging(Staging&& other) noexcept
    : data_dir_(std::move(other.data_dir_)),
      path_(std::exchange(other.path_, {})),
      synced_(std::move(other.synced_)) {}

Result<Staging> Staging::create(const fs::path& data_dir, Uuid dataset) {
  const fs::path path = data_dir / dataset_folder(dataset) / fresh_name(staging_prefix);
  ATHANOR_CHECK_OK(make_private_folder(path));
  return Staging(data_dir, path);
}

Staging::~Staging() {
  if (path_.empty()) {
    return;
  }
  if (const auto removed = remove_tree(path_); !removed) {
    log::warning("datasets", removed.error().message);
  }
}

Status Staging::merge(const std::string& former) {
  if (former.empty()) {
    return {};
  }
  try {
    const auto merged = link_missing(data_dir_ / former, path_);
    return merged ? Status() : Status(fail(merged.error().within("with the data that are there")));
  } catch (const fs::filesystem_error& failure) {
    return fail(system_error("cannot add the dataset's former files", failure.code().value()));
  }
}

void Staging::start_sync() {
  synced_ = std::async(std::launch::async, sync_file_system, path_);
}

Result<std::string> Staging::publish() {
  const fs::path final_path = path_.parent_path() / fresh_name(data_prefix);
  ATHANOR_CHECK_OK(synced_.valid() ? synced_.get() : sync_file_system(path_));
  if (disk::rename(path_.c_str(), final_path.c_str()) != 0) {
    return fail(system_error("cannot put the dataset in place", errno));
  }
  path_ = final_path;  // Still to be removed if the next step fails.
  ATHANOR_CHECK_OK(sync_path(final_path.parent_path()));
  path_.clear();
  return final_path.lexically_relative(data_dir_).string();
}

Status remove_leftovers(const fs::path& data_dir,
                        const std::function<bool(const std::string&)>& is_used) {
  if (!fs::exists(data_dir / datasets_folder)) {
    return {};
  }
  try {
    for (const auto& path : leftovers(data_dir, is_used)) {
      ATHANOR_CHECK_OK(remove_tree(path));
    }
  } catch (const fs::filesystem_error& failure) {
    return fail(system_error("cannot clean up after earlier uploads", failure.code().value()));
  }
  return {};
}

}  // namespace athanor::datasets
