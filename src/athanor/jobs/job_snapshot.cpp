#include "athanor/jobs/job_snapshot.hpp"

#include <string_view>

#include <fmt/format.h>

namespace athanor::jobs {
namespace {

Json id_or_null(const std::optional<Uuid>& id) {
  return id ? Json(id->to_string()) : Json(nullptr);
}

Result<Uuid> read_id(const Json& json, std::string_view name) {
  const auto id = json.is_string() ? Uuid::parse(json.get<std::string>()) : std::nullopt;
  if (!id) {
    return fail(ErrorCode::invalid_argument, fmt::format("{}: not a UUID", name));
  }
  return *id;
}

Result<std::optional<Uuid>> read_optional_id(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || found->is_null()) {
    return std::optional<Uuid>();
  }
  ATHANOR_TRY(const Uuid id, read_id(*found, name));
  return std::optional(id);
}

Result<std::string> read_text(const Json& json, const char* name, const char* missing = "") {
  const Json text = json.value(name, Json(missing));
  if (!text.is_string()) {
    return fail(ErrorCode::invalid_argument, fmt::format("{}: not text", name));
  }
  return text.get<std::string>();
}

Result<Json> read_list(const Json& json, const char* name) {
  Json list = json.value(name, Json::array());
  if (!list.is_array()) {
    return fail(ErrorCode::invalid_argument, fmt::format("{}: not a list", name));
  }
  return list;
}

Result<std::vector<Uuid>> read_ids(const Json& json, const char* name) {
  ATHANOR_TRY(const Json list, read_list(json, name));
  std::vector<Uuid> ids;
  for (const Json& item : list) {
    ATHANOR_TRY(const Uuid id, read_id(item, fmt::format("{}[{}]", name, ids.size())));
    ids.push_back(id);
  }
  return ids;
}

Result<std::vector<std::string>> read_texts(const Json& json, const char* name) {
  ATHANOR_TRY(const Json list, read_list(json, name));
  std::vector<std::string> texts;
  for (const Json& item : list) {
    if (!item.is_string()) {
      return fail(ErrorCode::invalid_argument, fmt::format("{}[{}]: not text", name, texts.size()));
    }
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

}  // namespace

Json to_json(const JobSnapshot& snapshot) {
  Json train_datasets = Json::array();
  for (const Uuid& id : snapshot.train_datasets) {
    train_datasets.push_back(id.to_string());
  }
  return {
      {"network", snapshot.network},
      {"spec", snapshot.spec},
      {"ignored_parameters", snapshot.ignored_parameters},
      {"train_datasets", std::move(train_datasets)},
      {"eval_dataset", id_or_null(snapshot.eval_dataset)},
      {"inference_dataset", id_or_null(snapshot.inference_dataset)},
      {"calibration_dataset", id_or_null(snapshot.calibration_dataset)},
      {"request_id", snapshot.request_id},
      {"ptm", id_or_null(snapshot.ptm)},
      {"encryption_key", snapshot.encryption_key.expose()},
      {"refusal", snapshot.refusal},
      {"preflight", snapshot.preflight},
  };
}

Result<JobSnapshot> job_snapshot_from_json(const Json& json) {
  if (!json.is_object()) {
    return fail(ErrorCode::invalid_argument, "the job's snapshot is not an object");
  }
  JobSnapshot snapshot;
  ATHANOR_TRY(snapshot.network, read_text(json, "network"));
  ATHANOR_TRY(snapshot.request_id, read_text(json, "request_id"));
  ATHANOR_TRY(snapshot.refusal, read_text(json, "refusal"));
  ATHANOR_TRY(auto key, read_text(json, "encryption_key", contract::default_encryption_key));
  snapshot.encryption_key = Secret(std::move(key));
  snapshot.spec = json.value("spec", Json::object());
  if (!snapshot.spec.is_object()) {
    return fail(ErrorCode::invalid_argument, "spec: not an object");
  }
  ATHANOR_TRY(snapshot.ignored_parameters, read_texts(json, "ignored_parameters"));
  ATHANOR_TRY(snapshot.train_datasets, read_ids(json, "train_datasets"));
  ATHANOR_TRY(snapshot.eval_dataset, read_optional_id(json, "eval_dataset"));
  ATHANOR_TRY(snapshot.inference_dataset, read_optional_id(json, "inference_dataset"));
  ATHANOR_TRY(snapshot.calibration_dataset, read_optional_id(json, "calibration_dataset"));
  ATHANOR_TRY(snapshot.ptm, read_optional_id(json, "ptm"));
  // Jobs of older servers lack it.
  const Json preflight = json.value("preflight", Json(true));
  if (!preflight.is_boolean()) {
    return fail(ErrorCode::invalid_argument, "preflight: not true or false");
  }
  snapshot.preflight = preflight.get<bool>();
  return snapshot;
}

}  // namespace athanor::jobs
