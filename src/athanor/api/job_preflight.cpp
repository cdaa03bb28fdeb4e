#include "athanor/api/job_preflight.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "athanor/api/call.hpp"
#include "athanor/api/reply.hpp"
#include "athanor/api/route_docs.hpp"
#include "athanor/api/schema_parts.hpp"
#include "athanor/catalog/chaining.hpp"
#include "athanor/contract/forecast.hpp"
#include "athanor/contract/job_request.hpp"
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

std::vector<DataFacts> facts_of(Services& services, Uuid user, const std::vector<Uuid>& ids) {
  std::vector<DataFacts> facts;
  for (const auto& id : ids) {
    facts.push_back(facts_of(services, user, id).value_or(DataFacts{}));
  }
  return facts;
}

/// Whether the datasets of a training still hold what it reads: an upload gives other data, which
/// it knows nothing of once it has begun.
bool has_its_data(Services& services, const store::JobRecord& training) {
  const auto request =
      contract::read_job_request(jobs::job_directory(services.data_folder, training.id));
  if (!request) {
    return training.state == store::JobState::pending || training.state == store::JobState::running;
  }
  return std::ranges::all_of(request->train_datasets, [&](const contract::DatasetInput& dataset) {
    const auto id = Uuid::parse(dataset.id);
    const auto record =
        id ? services.store.datasets().get(training.user_id, *id) : fail(ErrorCode::not_found, "");
    return record &&
           std::filesystem::path(record->data_folder).filename() == dataset.root.filename();
  });
}

/// What is known of a training.
std::optional<preflight::TrainingFacts> facts_of(Services& services,
                                                 const store::JobRecord& training) {
  const auto snapshot = jobs::job_snapshot_from_json(training.request);
  if (!snapshot) {
    return std::nullopt;
  }
  preflight::TrainingFacts facts{spec::SpecView(snapshot->spec), {}};
  if (has_its_data(services, training)) {
    facts.data = facts_of(services, training.user_id, snapshot->train_datasets);
  }
  return facts;
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
  if (!catalog::is_training(job.action)) {
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
                                   const store::JobRecord& job,
                                   const jobs::JobSnapshot& snapshot,
                                   const std::optional<store::JobRecord>& training) {
  const spec::SpecView view(snapshot.spec);
  const auto* table = spec::find_table(resource.subject, job.action);
  const auto context = schema_context(services, resource, job.action, training);
  const auto defaults = table != nullptr ? spec::defaults(*table, context) : Json();
  preflight::JobFacts facts{
      .network = resource.subject,
      .action = job.action,
      .spec = view,
      .defaults = &defaults,
      .train = facts_of(services, job.user_id, snapshot.train_datasets),
      .eval = facts_of(services, job.user_id, snapshot.eval_dataset),
      .inference = facts_of(services, job.user_id, snapshot.inference_dataset),
      .free_bytes = free_bytes_of(services)};
  if (training) {
    facts.origin = facts_of(services, *training);
  }
  if (snapshot.ptm) {
    facts.pretrained = pretrained_of(resource);
  }
  try {
    return preflight::check_job(facts);
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
