#include "athanor/contract/job_request.hpp"

#include <fmt/format.h>

#include "athanor/core/json_file.hpp"
#include "athanor/core/json_number.hpp"

namespace athanor::contract {

namespace {

Json to_json(const DatasetInput& input) {
  return {{"id", input.id},
          {"type", input.type},
          {"format", input.format},
          {"root", input.root.string()}};
}

Json to_json(const std::optional<DatasetInput>& input) {
  return input ? to_json(*input) : Json(nullptr);
}

DatasetInput dataset_from(const Json& json) {
  return {json.at("id"), json.at("type"), json.at("format"), json.at("root").get<std::string>()};
}

std::optional<DatasetInput> optional_dataset_from(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional(dataset_from(json));
}

template <class T>
Result<T> integer_at(const Json& json, const char* key) {
  const auto number = integer_of<T>(json.at(key));
  if (!number) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("job.json: {} is no whole number within range", key));
  }
  return *number;
}

}  // namespace

Json to_json(const JobRequest& request) {
  Json train = Json::array();
  for (const auto& input : request.train_datasets) {
    train.push_back(to_json(input));
  }
  Json parent = nullptr;
  if (request.parent) {
    parent = {{"job_id", request.parent->job_id},
              {"action", request.parent->action},
              {"artifacts", request.parent->artifacts.string()}};
  }
  Json pretrained = nullptr;
  if (request.pretrained) {
    pretrained = {{"model_id", request.pretrained->model_id},
                  {"name", request.pretrained->name},
                  {"weights", request.pretrained->weights.string()}};
  }
  return {{"format_version", format_version},
          {"job_id", request.job_id},
          {"network", request.network},
          {"action", request.action},
          {"request_id", request.request_id},
          {"spec", request.spec},
          {"ignored_parameters", request.ignored_parameters},
          {"train_datasets", std::move(train)},
          {"eval_dataset", to_json(request.eval_dataset)},
          {"inference_dataset", to_json(request.inference_dataset)},
          {"calibration_dataset", to_json(request.calibration_dataset)},
          {"parent", std::move(parent)},
          {"pretrained", std::move(pretrained)},
          {"threads", request.threads},
          {"attempt", request.attempt},
          {"preflight", request.preflight}};
}

Result<JobRequest> job_request_from_json(const Json& json) {
  try {
    ATHANOR_TRY(const auto version, integer_at<int>(json, "format_version"));
    if (version != format_version) {
      return fail(
          ErrorCode::unsupported,
          fmt::format(
              "job.json has format_version {}, this program reads {}", version, format_version));
    }
    JobRequest request;
    request.job_id = json.at("job_id");
    request.network = json.at("network");
    request.action = json.at("action");
    request.request_id = json.value("request_id", "");
    request.spec = json.at("spec");
    request.ignored_parameters = json.at("ignored_parameters").get<std::vector<std::string>>();
    for (const auto& input : json.at("train_datasets")) {
      request.train_datasets.push_back(dataset_from(input));
    }
    request.eval_dataset = optional_dataset_from(json.at("eval_dataset"));
    request.inference_dataset = optional_dataset_from(json.at("inference_dataset"));
    request.calibration_dataset = optional_dataset_from(json.at("calibration_dataset"));
    if (const auto& parent = json.at("parent"); !parent.is_null()) {
      request.parent = ParentInput{
          parent.at("job_id"), parent.at("action"), parent.at("artifacts").get<std::string>()};
    }
    // Jobs of older servers lack it.
    if (const auto pretrained = json.value("pretrained", Json()); !pretrained.is_null()) {
      request.pretrained = PretrainedInput{pretrained.at("model_id"),
                                           pretrained.at("name"),
                                           pretrained.at("weights").get<std::string>()};
    }
    ATHANOR_TRY(request.threads, integer_at<int>(json, "threads"));
    if (json.contains("attempt")) {
      ATHANOR_TRY(request.attempt, integer_at<std::int64_t>(json, "attempt"));
    }
    request.preflight = json.value("preflight", true);
    return request;
  } catch (const Json::exception& error) {
    return fail(ErrorCode::invalid_argument, fmt::format("job.json: {}", error.what()));
  }
}

Status write_job_request(const std::filesystem::path& directory, const JobRequest& request) {
  return write_json_file(directory / request_file, to_json(request));
}

Result<JobRequest> read_job_request(const std::filesystem::path& directory) {
  ATHANOR_TRY(const auto json, read_json_file(directory / request_file));
  return job_request_from_json(json);
}

}  // namespace athanor::contract
