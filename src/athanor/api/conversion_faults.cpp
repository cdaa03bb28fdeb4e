#include "athanor/api/conversion_faults.hpp"

#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "athanor/catalog/chaining.hpp"
#include "athanor/catalog/engine_precision.hpp"
#include "athanor/contract/job_request.hpp"
#include "athanor/contract/model_files.hpp"
#include "athanor/jobs/job_preparation.hpp"

namespace athanor::api {

namespace fs = std::filesystem;

namespace {

/// What is wrong with a dataset that int8 needs; empty where it has data.
std::string dataset_fault(Services& services,
                          Uuid user,
                          const std::optional<Uuid>& dataset,
                          std::string_view role,
                          std::string_view purpose) {
  if (!dataset) {
    return fmt::format(
        "the model has no {0}, which int8 needs {1}: link one with PATCH {{\"{0}\": id}}, or take "
        "fp32",
        role,
        purpose);
  }
  const auto record = services.store.datasets().get(user, *dataset);
  if (record && record->data_folder.empty()) {
    return fmt::format(
        "{}: the dataset {} has no data yet: upload an archive first", role, dataset->to_string());
  }
  return {};
}

/// Whether a checkpoint lies there with its weights; what cannot be read may have them.
bool may_hold_weights(const fs::path& folder) {
  std::error_code error;
  std::error_code ignored;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const auto& file = entry->path();
    if (file.extension() == ".json" &&
        fs::exists(fs::path(file).replace_extension(contract::weights_suffix), ignored)) {
      return true;
    }
  }
  return error && error != std::errc::no_such_file_or_directory;
}

/// What a finished job of this action made its model into, where that is gone; else empty.
std::string_view missing_model(const fs::path& artifacts, std::string_view action) {
  if (catalog::is_training(action) || action == "prune") {
    return may_hold_weights(artifacts / contract::weights_folder) ? "" : contract::weights_folder;
  }
  const auto file = contract::model_file_of(action);
  std::error_code unreadable;
  return file.empty() || fs::exists(artifacts / file, unreadable) || unreadable ? "" : file;
}

}  // namespace

std::string conversion_fault(Services& services, Uuid user, const jobs::JobSnapshot& snapshot) {
  if (catalog::engine_precision(snapshot.spec) != "int8") {
    return {};
  }
  auto fault = dataset_fault(
      services, user, snapshot.calibration_dataset, "calibration_dataset", "to calibrate on");
  return !fault.empty() ? fault
                        : dataset_fault(services,
                                        user,
                                        snapshot.eval_dataset,
                                        "eval_dataset",
                                        "to measure what it costs");
}

std::string parent_fault(Services& services, Uuid parent) {
  const auto job = services.store.jobs().find(parent);
  if (!job || job->state != store::JobState::done) {
    return {};
  }
  const auto artifacts =
      jobs::job_directory(services.data_folder, parent) / contract::artifacts_folder;
  const auto missing = missing_model(artifacts, job->action);
  return missing.empty() ? std::string()
                         : fmt::format("the parent job {} ({}) has no {} any more: run it again",
                                       parent.to_string(),
                                       job->action,
                                       missing);
}

}  // namespace athanor::api
