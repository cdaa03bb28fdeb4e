#include "athanor/jobs/job_preparation.hpp"

#include <fmt/format.h>

#include "athanor/core/data_folder.hpp"
#include "athanor/core/files.hpp"
#include "athanor/jobs/job_log.hpp"
#include "athanor/jobs/job_snapshot.hpp"
#include "athanor/jobs/pretrained_weights.hpp"
#include "athanor/jobs/status_note.hpp"

namespace athanor::jobs {
namespace {

using contract::DatasetInput;

/// Finds the data of a job's datasets.
class DatasetFinder {
 public:
  DatasetFinder(store::Store& store, const std::filesystem::path& data_folder, Uuid user)
      : datasets_(store.datasets()), data_folder_(data_folder), user_(user) {}

  [[nodiscard]] Result<DatasetInput> find(Uuid id) const {
    const auto record = datasets_.get(user_, id);
    if (!record && record.error().code == ErrorCode::not_found) {
      return fail(ErrorCode::not_found,
                  fmt::format("dataset {} no longer exists: link another one", id.to_string()));
    }
    if (!record) {
      return fail(record.error());
    }
    if (record->data_folder.empty()) {
      return fail(
          ErrorCode::conflict,
          fmt::format("dataset {} has no data yet: upload an archive first", id.to_string()));
    }
    return DatasetInput{
        id.to_string(), record->type, record->format, data_folder_ / record->data_folder};
  }

  [[nodiscard]] Result<std::optional<DatasetInput>> find(const std::optional<Uuid>& id) const {
    if (!id) {
      return std::optional<DatasetInput>();
    }
    ATHANOR_TRY(auto input, find(*id));
    return std::optional(std::move(input));
  }

 private:
  store::DatasetRepository& datasets_;
  const std::filesystem::path& data_folder_;
  Uuid user_;
};

Result<store::JobRecord> find_parent_job(store::Store& store, Uuid id) {
  auto parent = store.jobs().find(id);
  if (!parent && parent.error().code == ErrorCode::not_found) {
    return fail(
        ErrorCode::not_found,
        fmt::format("the parent job {} was deleted: post this one again with another \"job\"",
                    id.to_string()));
  }
  return parent;
}

Result<contract::ParentInput> find_parent(store::Store& store,
                                          const std::filesystem::path& data_folder,
                                          Uuid id) {
  ATHANOR_TRY(const auto parent, find_parent_job(store, id));
  auto artifacts = job_directory(data_folder, id) / contract::artifacts_folder;
  if (std::error_code ignored; !std::filesystem::is_directory(artifacts, ignored)) {
    return fail(ErrorCode::not_found,
                fmt::format("the artifacts of the parent job {} ({}) are gone: run it again",
                            id.to_string(),
                            parent.action));
  }
  return contract::ParentInput{id.to_string(), parent.action, std::move(artifacts)};
}

}  // namespace

std::filesystem::path job_directory(const std::filesystem::path& data_folder, Uuid job) {
  return data_folder / job_folder(job);
}

Result<contract::JobRequest> resolve_request(store::Store& store,
                                             const std::filesystem::path& data_folder,
                                             const store::JobRecord& job,
                                             int threads) {
  ATHANOR_TRY(auto snapshot, job_snapshot_from_json(job.request));
  if (!snapshot.refusal.empty()) {
    return fail(ErrorCode::invalid_argument, snapshot.refusal);
  }
  const DatasetFinder datasets(store, data_folder, job.user_id);
  contract::JobRequest request;
  for (const Uuid& id : snapshot.train_datasets) {
    ATHANOR_TRY(auto input, datasets.find(id));
    request.train_datasets.push_back(std::move(input));
  }
  ATHANOR_TRY(request.eval_dataset, datasets.find(snapshot.eval_dataset));
  ATHANOR_TRY(request.inference_dataset, datasets.find(snapshot.inference_dataset));
  ATHANOR_TRY(request.calibration_dataset, datasets.find(snapshot.calibration_dataset));
  if (job.parent_id) {
    ATHANOR_TRY(request.parent, find_parent(store, data_folder, *job.parent_id));
  }
  if (snapshot.ptm) {
    ATHANOR_TRY(request.pretrained,
                find_pretrained(store, data_folder, job.user_id, *snapshot.ptm));
  }
  request.job_id = job.id.to_string();
  request.network = std::move(snapshot.network);
  request.action = job.action;
  request.request_id = std::move(snapshot.request_id);
  request.spec = std::move(snapshot.spec);
  request.ignored_parameters = std::move(snapshot.ignored_parameters);
  request.threads = threads;
  request.attempt = job.attempt;
  request.preflight = snapshot.preflight;
  return request;
}

Result<contract::JobKeys> resolve_keys(store::Store& store, const store::JobRecord& job) {
  contract::JobKeys keys;
  ATHANOR_TRY(auto snapshot, job_snapshot_from_json(job.request));
  keys.own = std::move(snapshot.encryption_key);
  std::optional<store::JobRecord> source;
  if (snapshot.ptm) {
    ATHANOR_TRY(source, newest_training(store, *snapshot.ptm));
  } else if (job.parent_id) {
    ATHANOR_TRY(source, find_parent_job(store, *job.parent_id));
  }
  if (source) {
    ATHANOR_TRY(auto source_snapshot, job_snapshot_from_json(source->request));
    keys.parent = std::move(source_snapshot.encryption_key);
  }
  return keys;
}

Result<Assignment> resolve_assignment(store::Store& store,
                                      const std::filesystem::path& data_folder,
                                      const store::JobRecord& job,
                                      int threads) {
  Assignment assignment;
  ATHANOR_TRY(assignment.request, resolve_request(store, data_folder, job, threads));
  ATHANOR_TRY(assignment.keys, resolve_keys(store, job));
  return assignment;
}

std::vector<std::filesystem::path> inputs_of(const contract::JobRequest& request) {
  std::vector<std::filesystem::path> inputs;
  for (const auto& dataset : request.train_datasets) {
    inputs.push_back(dataset.root);
  }
  for (const auto* dataset :
       {&request.eval_dataset, &request.inference_dataset, &request.calibration_dataset}) {
    if (*dataset) {
      inputs.push_back((*dataset)->root);
    }
  }
  if (request.parent) {
    inputs.push_back(request.parent->artifacts);
  }
  if (request.pretrained) {
    inputs.push_back(request.pretrained->weights);
  }
  return inputs;
}

Status prepare_directory(const std::filesystem::path& directory,
                         const contract::JobRequest& request) {
  ATHANOR_CHECK_OK(make_private_folder(directory / contract::artifacts_folder));
  if (!request.request_id.empty()) {
    ATHANOR_CHECK_OK(
        begin_log(directory, log_head(request.job_id, request.action, request.request_id)));
  }
  if (request.attempt > 1) {
    ATHANOR_CHECK_OK(reopen_log(directory));
    // Now the last status is no longer that of the attempt before.
    ATHANOR_CHECK_OK(note_status(directory,
                                 contract::WorkerStatus::started,
                                 fmt::format("Attempt {} begins", request.attempt)));
  }
  return contract::write_job_request(directory, request);
}

}  // namespace athanor::jobs
