#include "athanor/jobs/pretrained_staging.hpp"

#include <cerrno>
#include <utility>
#include <vector>

#include "athanor/core/data_folder.hpp"
#include "athanor/core/disk_calls.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/log.hpp"
#include "athanor/jobs/pretrained_weights.hpp"

namespace athanor::jobs {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view staging_prefix = "staging-";

}  // namespace

PretrainedStaging::PretrainedStaging(fs::path data_folder, Uuid model, fs::path path)
    : data_folder_(std::move(data_folder)), model_(model), path_(std::move(path)) {}

PretrainedStaging::PretrainedStaging(PretrainedStaging&& other) noexcept
    : data_folder_(std::move(other.data_folder_)),
      model_(other.model_),
      path_(std::exchange(other.path_, {})) {}

Result<PretrainedStaging> PretrainedStaging::create(const fs::path& data_folder, Uuid model) {
  const auto path =
      data_folder / pretrained_models_folder / (std::string(staging_prefix) + model.to_string());
  ATHANOR_CHECK_OK(make_private_folder(path));
  return PretrainedStaging(data_folder, model, path);
}

PretrainedStaging::~PretrainedStaging() {
  if (path_.empty()) {
    return;
  }
  if (const auto removed = remove_tree(path_); !removed) {
    log::warning("jobs", removed.error().message);
  }
}

Result<std::string> PretrainedStaging::publish() {
  std::error_code error;
  std::vector<fs::path> others;
  for (const auto& entry : fs::directory_iterator(path_, error)) {
    if (entry.path().filename() != pretrained_weights_file) {
      others.push_back(entry.path());
    }
  }
  for (const auto& path : others) {
    ATHANOR_CHECK_OK(remove_tree(path));
  }
  const auto name = pretrained_folder(model_);
  const auto target = data_folder_ / name;
  ATHANOR_CHECK_OK(sync_path(path_ / pretrained_weights_file));
  ATHANOR_CHECK_OK(sync_path(path_));
  if (disk::rename(path_.c_str(), target.c_str()) != 0) {
    return fail(system_error("cannot put the weights in place", errno));
  }
  path_ = target;  // Still to be removed if the next step fails.
  ATHANOR_CHECK_OK(sync_path(target.parent_path()));
  path_.clear();
  return name;
}

Status remove_pretrained_leftovers(const fs::path& data_folder,
                                   const std::function<bool(const std::string&)>& is_used) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(data_folder / pretrained_models_folder, error)) {
    const auto name = entry.path().lexically_relative(data_folder).string();
    if (!is_used(name)) {
      ATHANOR_CHECK_OK(remove_tree(entry.path()));
    }
  }
  const bool none = error == std::errc::no_such_file_or_directory;
  return error && !none ? Status(fail(system_error("cannot look for leftovers", error.value())))
                        : Status();
}

}  // namespace athanor::jobs
