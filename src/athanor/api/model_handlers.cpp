#include "athanor/api/model_handlers.hpp"

#include <fmt/format.h>

#include "athanor/api/automl_fields.hpp"
#include "athanor/api/body_fields.hpp"
#include "athanor/api/call.hpp"
#include "athanor/api/conditions.hpp"
#include "athanor/api/list_query.hpp"
#include "athanor/api/model_links.hpp"
#include "athanor/api/pretrained_records.hpp"
#include "athanor/api/record_json.hpp"
#include "athanor/api/reply.hpp"
#include "athanor/api/resource.hpp"
#include "athanor/api/route_docs.hpp"
#include "athanor/api/schema_parts.hpp"
#include "athanor/catalog/networks.hpp"
#include "athanor/contract/job_keys.hpp"
#include "athanor/core/clock.hpp"
#include "athanor/core/kill_point.hpp"
#include "athanor/core/limits.hpp"

namespace athanor::api {

namespace {

using store::OwnerKind;

/// The fields of a model that a body may set, each absent or checked.
struct ModelChange {
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::optional<std::string> version;
  std::optional<std::string> logo;
  std::optional<std::string> ngc_path;
  std::optional<std::string> encryption_key;
  std::optional<std::string> network_arch;
  std::optional<bool> read_only;
  std::optional<bool> is_public;
  ModelLinks links;
  AutomlRequest automl;
};

Status check_encryption_key(const std::optional<std::string>& key) {
  if (key && key->size() > limits::encryption_key_bytes) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("\"encryption_key\" has {} bytes; at most {} are allowed",
                            key->size(),
                            limits::encryption_key_bytes));
  }
  return {};
}

Result<ModelChange> parse_change(const Json& body) {
  ATHANOR_TRY(const auto fields, BodyFields::of(body));
  ModelChange change;
  ATHANOR_TRY(change.network_arch, fields.text("network_arch"));
  ATHANOR_TRY(change.name, fields.text("name"));
  ATHANOR_TRY(change.description, fields.text("description"));
  ATHANOR_TRY(change.version, fields.text("version"));
  ATHANOR_TRY(change.logo, fields.url("logo"));
  ATHANOR_TRY(change.ngc_path, fields.text("ngc_path"));
  ATHANOR_TRY(change.encryption_key, fields.text("encryption_key"));
  ATHANOR_CHECK_OK(check_encryption_key(change.encryption_key));
  ATHANOR_TRY(change.read_only, fields.boolean("read_only"));
  ATHANOR_TRY(change.is_public, fields.boolean("public"));
  ATHANOR_TRY(change.links, parse_links(fields));
  ATHANOR_TRY(change.automl, parse_automl(fields));
  return change;
}

template <class Target, class Value>
void assign_if_given(Target& target, const std::optional<Value>& value) {
  if (value) {
    target = *value;
  }
}

/// Everything but the links, which need the store and are applied by themselves.
Status apply_fields(const ModelChange& change, store::ModelRecord& model) {
  assign_if_given(model.name, change.name);
  assign_if_given(model.description, change.description);
  assign_if_given(model.version, change.version);
  assign_if_given(model.logo, change.logo);
  assign_if_given(model.ngc_path, change.ngc_path);
  assign_if_given(model.encryption_key, change.encryption_key);
  assign_if_given(model.read_only, change.read_only);
  assign_if_given(model.is_public, change.is_public);
  const auto* network = catalog::find_network(model.network_arch);
  return apply_automl(change.automl, network != nullptr && network->supports_automl, model.automl);
}

store::ModelRecord new_model(Uuid user, std::string_view network) {
  store::ModelRecord model;
  model.id = Uuid::random();
  model.user_id = user;
  model.created_on = now_iso();
  model.last_modified = model.created_on;
  model.name = "My Model";
  model.description = "My TAO Model";
  model.version = "1.0.0";
  model.logo = "https://www.nvidia.com";
  model.encryption_key = contract::default_encryption_key;
  model.network_arch = network;
  model.automl = automl_off();
  return model;
}

/// The encryption key opens weights, and a public model's are its owner's all the same.
void hide_key_from_others(const Call& call, store::ModelRecord& model) {
  if (model.user_id != call.user) {
    model.encryption_key.reset();
  }
}

/// Pretrained models without weights are left out before pages are cut and counted.
Result<store::ListQuery> model_query(Services& services, const Call& call) {
  auto query = parse_list_query(call.request);
  ATHANOR_TRY(const auto pretrained, pretrained_records(services.store, services.data_folder));
  for (const auto& model : pretrained.lost) {
    query.left_out.push_back(model.id);
  }
  return query;
}

Result<http::Response> list_models(Services& services, const Call& call) {
  ATHANOR_TRY(const auto query, model_query(services, call));
  ATHANOR_TRY(auto page, services.store.models().list(call.user, query));
  for (auto& model : page.records) {
    hide_key_from_others(call, model);
  }
  return list_reply(services, OwnerKind::model, call.user, page);
}

/// The record with its entity tag.
http::Response record_reply(const Call& call,
                            int status,
                            const store::ModelRecord& model,
                            std::span<const store::JobRecord> jobs) {
  const auto json = to_json(model, jobs);
  return tagged(call, json_reply(status, json), record_tag(json));
}

Status check_conditions(const Call& call, const store::ModelRecord& model) {
  return check_conditions(call, record_tag(to_json(model, {})));
}

Result<http::Response> create_model(Services& services, const Call& call) {
  ATHANOR_TRY(const auto change, parse_change(call.body));
  if (!change.network_arch) {
    return fail(ErrorCode::invalid_argument, "a model needs a \"network_arch\"");
  }
  const auto* network = catalog::find_network(*change.network_arch);
  if (network == nullptr) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("Invalid network_arch \"{}\"", *change.network_arch));
  }
  auto model = new_model(call.user, network->name);
  ATHANOR_CHECK_OK(apply_fields(change, model));
  ATHANOR_CHECK_OK(apply_links(services, change.links, model));
  ATHANOR_CHECK_OK(services.store.models().insert(model));
  return record_reply(call, 201, model, {});
}

/// Public models of others can be read, but their jobs stay their owner's.
Result<http::Response> get_model(Services& services, const Call& call) {
  ATHANOR_TRY(auto model, services.store.models().get(call.user, call.owner, true));
  hide_key_from_others(call, model);
  if (model.user_id != call.user) {
    return record_reply(call, 200, model, {});
  }
  ATHANOR_TRY(const auto jobs, jobs_of(services, OwnerKind::model, model.id));
  return record_reply(call, 200, model, jobs);
}

Status refuse_other_network(const ModelChange& change, const store::ModelRecord& model) {
  if (!change.network_arch) {
    return {};
  }
  const auto* network = catalog::find_network(*change.network_arch);
  if (network == nullptr || network->name != model.network_arch) {
    return fail(
        ErrorCode::invalid_argument,
        fmt::format("\"network_arch\" cannot be changed: it is \"{}\"; create another model",
                    model.network_arch));
  }
  return {};
}

void copy_links(const store::ModelRecord& from, const ModelLinks& given, store::ModelRecord& to) {
  if (given.ptm.given) {
    to.ptm = from.ptm;
  }
  if (given.train.given) {
    to.train_datasets = from.train_datasets;
  }
  if (given.eval.given) {
    to.eval_dataset = from.eval_dataset;
  }
  if (given.inference.given) {
    to.inference_dataset = from.inference_dataset;
  }
  if (given.calibration.given) {
    to.calibration_dataset = from.calibration_dataset;
  }
}

Result<http::Response> update_model(Services& services, const Call& call) {
  ATHANOR_TRY(const auto change, parse_change(call.body));
  // Links are checked before the transaction, which must not wait for other reads.
  ATHANOR_TRY(auto checked, services.store.models().get(call.user, call.owner, false));
  ATHANOR_CHECK_OK(refuse_other_network(change, checked));
  ATHANOR_CHECK_OK(apply_links(services, change.links, checked));
  const auto apply = [&](store::ModelRecord& model) -> Status {
    ATHANOR_CHECK_OK(check_conditions(call, model));
    ATHANOR_CHECK_OK(apply_fields(change, model));
    copy_links(checked, change.links, model);
    model.last_modified = now_iso();
    return {};
  };
  ATHANOR_TRY(const auto model, services.store.models().update(call.user, call.owner, apply));
  ATHANOR_TRY(const auto jobs, jobs_of(services, OwnerKind::model, model.id));
  return record_reply(call, 200, model, jobs);
}

Result<http::Response> remove_model(Services& services, const Call& call) {
  ATHANOR_TRY(const auto jobs, jobs_of(services, OwnerKind::model, call.owner));
  store::ModelRecord model;
  const auto remove = [&]() -> Status {
    ATHANOR_TRY(model, services.store.models().remove(call.user, call.owner));
    return check_conditions(call, model);
  };
  ATHANOR_CHECK_OK(services.store.atomically(remove));
  pass(KillPoint::record_removed);
  return record_reply(call, 200, model, jobs);
}

Status check_model_removable(Services& services, const Call& call) {
  ATHANOR_CHECK_OK(services.store.models().check_removable(call.user, call.owner));
  ATHANOR_TRY(const auto model, services.store.models().get(call.user, call.owner, false));
  return check_conditions(call, model);
}

Awaitable<Result<http::Response>> delete_model(Services& services, Call call) {
  // A model that may not be deleted keeps its jobs running.
  ATHANOR_CO_CHECK_OK(co_await services.pool.run(
      [&services, &call] { return check_model_removable(services, call); }));
  const Removal remove = [&services, &call] { return remove_model(services, call); };
  co_return co_await delete_with_jobs(services, OwnerKind::model, call.owner, remove);
}

http::Route model_list_route(Services& services) {
  auto route = new_route(http::Method::get,
                         "/api/v1/user/{user_id}/model",
                         "list_models",
                         "MODEL",
                         "List the user's models and all public ones");
  route.path_parameters = {id_parameter("user_id")};
  route.query_parameters =
      paging_parameters({"date-descending", "date-ascending", "name-descending", "name-ascending"});
  route.query_parameters.push_back({"name", "Exact name", {{"type", "string"}}});
  route.query_parameters.push_back({"arch", "Exact network_arch", {{"type", "string"}}});
  route.query_parameters.push_back(
      {"network_arch", "The same, where arch is not given", {{"type", "string"}}});
  route.query_parameters.push_back({"read_only",
                                    "true keeps read-only models, anything else the others",
                                    {{"type", "boolean"}}});
  route.replies = {page_doc("The models", "Model"), error_doc(400)};
  route.handler = blocking(services, list_models);
  return route;
}

http::Route model_creation_route(Services& services) {
  auto route = new_route(http::Method::post,
                         "/api/v1/user/{user_id}/model",
                         "create_model",
                         "MODEL",
                         "Create a model");
  route.path_parameters = {id_parameter("user_id")};
  route.request_schema = reference_to("ModelRequest");
  route.replies = {{201, "The new model", "application/json", reference_to("Model")},
                   error_doc(400)};
  add_entity_tag(route);
  add_idempotency(route);
  route.handler = blocking_once(services, create_model);
  return route;
}

http::Route model_route(http::Method method,
                        std::string operation_id,
                        std::string summary,
                        http::Handler handler) {
  auto route = new_route(method,
                         "/api/v1/user/{user_id}/model/{model_id}",
                         std::move(operation_id),
                         "MODEL",
                         std::move(summary));
  route.path_parameters = {id_parameter("user_id"), id_parameter("model_id")};
  if (method == http::Method::put || method == http::Method::patch) {
    route.request_schema = reference_to("ModelRequest");
  }
  route.replies = {{200, "The model", "application/json", reference_to("Model")},
                   error_doc(400),
                   error_doc(404)};
  add_conditions(route);
  route.handler = std::move(handler);
  return route;
}

}  // namespace

void add_model_routes(std::vector<http::Route>& routes, Services& services) {
  using http::Method;
  routes.push_back(model_list_route(services));
  routes.push_back(model_creation_route(services));
  routes.push_back(
      model_route(Method::get, "get_model", "Retrieve a model", blocking(services, get_model)));
  routes.push_back(model_route(Method::put,
                               "replace_model",
                               "Merge the body into a model, as PATCH does",
                               blocking_with_body(services, update_model)));
  routes.push_back(model_route(Method::delete_,
                               "delete_model",
                               "Cancel the model's jobs and delete it",
                               async(services, delete_model)));
  routes.push_back(model_route(Method::patch,
                               "update_model",
                               "Merge the body into a model",
                               blocking_with_body(services, update_model)));
}

}  // namespace athanor::api
