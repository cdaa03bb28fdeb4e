#include "athanor/api/job_preflight.hpp"

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "athanor/api/call.hpp"
#include "athanor/api/reply.hpp"
#include "athanor/api/route_docs.hpp"
#include "athanor/api/schema_parts.hpp"
#include "athanor/contract/forecast.hpp"
#include "athanor/datasets/data_facts.hpp"
#include "athanor/datasets/report.hpp"
#include "athanor/jobs/job_preparation.hpp"
#include "athanor/preflight/check_job.hpp"
#include "athanor/spec/schema.hpp"

namespace athanor::api {

namespace {

using preflight::DataFacts;
using preflight::Fault;
using store::OwnerKind;

/// Of a dataset without data or without a report, no more than its record says.
std::optional<DataFacts> facts_of(Services& services, Uuid user, const std::optional<Uuid>& id) {
  const auto record =
      id ? services.store.datasets().get(user, *id) : fail(ErrorCode::not_found, "");
  if (!record) {
    return std::nullopt;
  }
  DataFacts facts{.format = record->format};
  if (record->data_folder.empty()) {
    return facts;
  }
  const auto report = datasets::read_report(services.data_folder, record->data_folder);
  return report ? datasets::data_facts_of(*report) : facts;
}

/// Weights that were imported are of colour pictures; of those that were trained here, the job
/// knows more.
std::optional<preflight::PretrainedFacts> pretrained_of(const Resource& resource) {
  const auto& properties = resource.context.pretrained_properties;
  if (properties.value("arch", Json()).is_null()) {
    return std::nullopt;
  }
  return preflight::PretrainedFacts{
      properties.value("arch", ""), properties.value("n_layers", std::int64_t{0}), 3};
}

std::optional<std::uint64_t> free_bytes_of(const Services& services) {
  std::error_code error;
  const auto space = std::filesystem::space(services.data_folder, error);
  return error ? std::nullopt : std::optional<std::uint64_t>(space.available);
}

/// Why there is no forecast.
Error no_forecast(Services& services, const store::JobRecord& job) {
  const auto say = [](std::string why) { return Error{ErrorCode::not_found, std::move(why)}; };
  if (job.action != "train" && job.action != "retrain") {
    return say(fmt::format("there is no forecast of {}, only of train and retrain", job.action));
  }
  const auto whole = services.store.jobs().find(job.id);  // With its request.
  const auto snapshot = whole ? jobs::job_snapshot_from_json(whole->request) : fail(whole.error());
  if (snapshot && !snapshot->preflight) {
    return say("there is no forecast: the job was posted with ?preflight=off");
  }
  return job.state == store::JobState::pending
             ? say("there is no forecast yet: the job makes it when it begins")
             : say("there is no forecast: the job has not come so far, or it ended before");
}

BlockingHandler get_forecast(OwnerKind kind) {
  return [kind](Services& services, const Call& call) -> Result<http::Response> {
    ATHANOR_TRY(const auto job, services.store.jobs().get(call.user, kind, call.owner, call.job));
    const auto forecast =
        contract::read_forecast(jobs::job_directory(services.data_folder, job.id));
    if (!forecast) {
      return forecast.error().code == ErrorCode::not_found ? fail(no_forecast(services, job))
                                                           : fail(forecast.error());
    }
    return json_reply(200, *forecast);
  };
}

}  // namespace

std::vector<Fault> find_job_faults(Services& services,
                                   const Resource& resource,
                                   const std::string& action,
                                   const jobs::JobSnapshot& snapshot,
                                   Uuid user) {
  const spec::SpecView view(snapshot.spec);
  const auto* table = spec::find_table(resource.subject, action);
  const auto defaults = table != nullptr ? spec::defaults(*table, resource.context) : Json();
  preflight::JobFacts job{.network = resource.subject,
                          .action = action,
                          .spec = view,
                          .defaults = &defaults,
                          .free_bytes = free_bytes_of(services)};
  for (const auto& id : snapshot.train_datasets) {
    job.train.push_back(facts_of(services, user, id).value_or(DataFacts{}));
  }
  job.eval = facts_of(services, user, snapshot.eval_dataset);
  job.inference = facts_of(services, user, snapshot.inference_dataset);
  if (snapshot.ptm) {
    job.pretrained = pretrained_of(resource);
  }
  try {
    return preflight::check_job(job);
  } catch (const std::invalid_argument& wrong_type) {
    return {{"spec", wrong_type.what()}};  // Saved before its table said so.
  }
}

Result<bool> wants_preflight(const http::Request& request) {
  const auto value = request.query_value("preflight").value_or("on");
  if (value != "on" && value != "off") {
    return fail(ErrorCode::invalid_argument,
                "preflight: on or off is needed; off queues a job that is not looked at before");
  }
  return value == "on";
}

http::ParameterDoc preflight_parameter() {
  return {"preflight",
          "off: neither refuse what cannot work nor measure a step before training",
          {{"type", "string"}, {"enum", {"on", "off"}}}};
}

void add_preflight_route(std::vector<http::Route>& routes, Services& services, OwnerKind kind) {
  const std::string owner(name_of(kind));
  auto route = new_route(
      http::Method::get,
      fmt::format("/api/v1/user/{{user_id}}/{0}/{{{0}_id}}/job/{{job_id}}/preflight", owner),
      fmt::format("get_{}_job_preflight", owner),
      kind == OwnerKind::dataset ? "DATASET" : "MODEL",
      "What a training will take, as it was forecast before its first step");
  route.path_parameters = {
      id_parameter("user_id"), id_parameter(owner + "_id"), id_parameter("job_id")};
  route.replies = {{200, "The forecast", "application/json", reference_to("Forecast")},
                   error_doc(400),
                   error_doc(404)};
  route.handler = blocking(services, get_forecast(kind));
  routes.push_back(std::move(route));
}

}  // namespace athanor::api
