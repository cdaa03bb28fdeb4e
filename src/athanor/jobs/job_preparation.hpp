#pragma once

#include <filesystem>
#include <vector>

#include "athanor/contract/job_keys.hpp"
#include "athanor/contract/job_request.hpp"
#include "athanor/core/error.hpp"
#include "athanor/store/store.hpp"

namespace athanor::jobs {

/// Where a job's directory is (docs/job-directory.md).
[[nodiscard]] std::filesystem::path job_directory(const std::filesystem::path& data_folder,
                                                  Uuid job);

/// What the worker of `job` is to do: its snapshot with datasets and parent found. Errors name what
/// is missing and the mend. `data_folder` is absolute.
[[nodiscard]] Result<contract::JobRequest> resolve_request(store::Store& store,
                                                           const std::filesystem::path& data_folder,
                                                           const store::JobRecord& job,
                                                           int threads);

/// The keys of its weights and of those that it starts from, its parent's or its ptm's: those that
/// the models had when the jobs were posted.
[[nodiscard]] Result<contract::JobKeys> resolve_keys(store::Store& store,
                                                     const store::JobRecord& job);

/// All that a worker is started with.
struct Assignment {
  contract::JobRequest request;
  contract::JobKeys keys;
};

/// The two above together. io and unavailable tell of the store, every other error of the job.
[[nodiscard]] Result<Assignment> resolve_assignment(store::Store& store,
                                                    const std::filesystem::path& data_folder,
                                                    const store::JobRecord& job,
                                                    int threads);

/// The folders that a worker of this request reads.
[[nodiscard]] std::vector<std::filesystem::path> inputs_of(const contract::JobRequest& request);

/// Makes the job's directory with its artifacts folder and job.json. At a later attempt, log and
/// status are made ready to go on: what stands there belongs to the attempts before.
[[nodiscard]] Status prepare_directory(const std::filesystem::path& directory,
                                       const contract::JobRequest& request);

}  // namespace athanor::jobs
