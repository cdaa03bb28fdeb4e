#pragma once

#include <optional>
#include <string>
#include <vector>

#include "athanor/contract/job_keys.hpp"
#include "athanor/core/error.hpp"
#include "athanor/core/json.hpp"
#include "athanor/core/secret.hpp"
#include "athanor/core/uuid.hpp"

namespace athanor::jobs {

/// What a job needs of its model or dataset, taken when it is posted: later changes of the spec or
/// of the links do not reach jobs that wait. Stored as JobRecord::request.
struct JobSnapshot {
  std::string network;         ///< "classification"; empty for actions on a dataset.
  Json spec = Json::object();  ///< The user's over the schema's defaults, validated.
  std::vector<std::string> ignored_parameters;  ///< Set by the user, without effect.
  std::vector<Uuid> train_datasets;
  std::optional<Uuid> eval_dataset;
  std::optional<Uuid> inference_dataset;
  std::optional<Uuid> calibration_dataset;
  std::string request_id;   ///< Of the request that posted the job.
  std::optional<Uuid> ptm;  ///< Of a training.
  /// Of the model; closes the weights that the job makes, and opens them for its children.
  Secret<std::string> encryption_key{std::string(contract::default_encryption_key)};
  /// Why the job cannot work, with the mend; empty when it can. It is in Error from its post on,
  /// and again whenever it is resumed.
  std::string refusal;
  /// Whether its training forecasts what it takes before it begins.
  bool preflight = true;
};

/// With the encryption key: for the store alone.
[[nodiscard]] Json to_json(const JobSnapshot& snapshot);

/// Errors name the member: "train_datasets[1]: not a UUID".
[[nodiscard]] Result<JobSnapshot> job_snapshot_from_json(const Json& json);

}  // namespace athanor::jobs
