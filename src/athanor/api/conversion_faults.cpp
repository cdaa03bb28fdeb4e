#include "athanor/api/conversion_faults.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "athanor/catalog/engine_precision.hpp"
#include "athanor/contract/job_request.hpp"
#include "athanor/contract/model_files.hpp"
#include "athanor/jobs/job_preparation.hpp"

namespace athanor::api {

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
  const auto file = job ? contract::model_file_of(job->action) : std::string_view();
  if (file.empty() || job->state != store::JobState::done) {
    return {};
  }
  const auto path =
      jobs::job_directory(services.data_folder, parent) / contract::artifacts_folder / file;
  std::error_code unreadable;
  if (std::filesystem::exists(path, unreadable) || unreadable) {
    return {};
  }
  return fmt::format("the parent job {} ({}) has no {} any more: run it again",
                     parent.to_string(),
                     job->action,
                     file);
}

}  // namespace athanor::api
