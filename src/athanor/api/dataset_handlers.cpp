#include "athanor/api/dataset_handlers.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "athanor/api/body_fields.hpp"
#include "athanor/api/call.hpp"
#include "athanor/api/conditions.hpp"
#include "athanor/api/list_query.hpp"
#include "athanor/api/record_json.hpp"
#include "athanor/api/reply.hpp"
#include "athanor/api/resource.hpp"
#include "athanor/api/route_docs.hpp"
#include "athanor/api/schema_parts.hpp"
#include "athanor/api/upload.hpp"
#include "athanor/catalog/datasets.hpp"
#include "athanor/core/clock.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/kill_point.hpp"
#include "athanor/datasets/report.hpp"

namespace athanor::api {

namespace {

using store::OwnerKind;

constexpr const char* default_logo = "https://www.nvidia.com";

Status check_type_and_format(const std::string& type, const std::string& format) {
  const auto* info = catalog::find_dataset_type(type);
  if (info == nullptr) {
    return fail(ErrorCode::invalid_argument, fmt::format("Invalid dataset type \"{}\"", type));
  }
  if (std::ranges::find(info->formats, format) == info->formats.end()) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("Incompatible dataset format and type: {} takes {}, not \"{}\"",
                            type,
                            fmt::join(info->formats, ", "),
                            format));
  }
  return {};
}

Result<http::Response> list_datasets(Services& services, const Call& call) {
  ATHANOR_TRY(const auto page,
              services.store.datasets().list(call.user, parse_list_query(call.request)));
  return list_reply(services, OwnerKind::dataset, call.user, page);
}

/// The record with its entity tag.
http::Response record_reply(const Call& call,
                            int status,
                            const store::DatasetRecord& record,
                            std::span<const store::JobRecord> jobs) {
  const auto json = to_json(record, jobs);
  return tagged(call, json_reply(status, json), record_tag(json));
}

Status check_conditions(const Call& call, const store::DatasetRecord& record) {
  return check_conditions(call, record_tag(to_json(record, {})));
}

Result<http::Response> create_dataset(Services& services, const Call& call) {
  ATHANOR_TRY(const auto fields, BodyFields::of(call.body));
  ATHANOR_TRY(const auto type, fields.text("type"));
  ATHANOR_TRY(const auto format, fields.text("format"));
  if (!type || !format) {
    return fail(ErrorCode::invalid_argument, "a dataset needs both \"type\" and \"format\"");
  }
  ATHANOR_CHECK_OK(check_type_and_format(*type, *format));
  ATHANOR_TRY(const auto name, fields.text("name"));
  ATHANOR_TRY(const auto description, fields.text("description"));
  ATHANOR_TRY(const auto version, fields.text("version"));
  ATHANOR_TRY(const auto logo, fields.url("logo"));
  store::DatasetRecord record;
  record.id = Uuid::random();
  record.user_id = call.user;
  record.created_on = now_iso();
  record.last_modified = record.created_on;
  record.name = name.value_or("My Dataset");
  record.description = description.value_or("My TAO Dataset");
  record.version = version.value_or("1.0.0");
  record.logo = logo.value_or(default_logo);
  record.type = *type;
  record.format = *format;
  ATHANOR_CHECK_OK(services.store.datasets().insert(record));
  return record_reply(call, 201, record, {});
}

Result<http::Response> get_dataset(Services& services, const Call& call) {
  ATHANOR_TRY(const auto record, services.store.datasets().get(call.user, call.owner));
  ATHANOR_TRY(const auto jobs, jobs_of(services, OwnerKind::dataset, record.id));
  return record_reply(call, 200, record, jobs);
}

Status refuse_other(std::string_view field,
                    const std::optional<std::string>& given,
                    const std::string& stored) {
  if (given && *given != stored) {
    return fail(
        ErrorCode::invalid_argument,
        fmt::format(
            "\"{}\" cannot be changed: it is \"{}\"; create another dataset", field, stored));
  }
  return {};
}

Result<http::Response> update_dataset(Services& services, const Call& call) {
  ATHANOR_TRY(const auto fields, BodyFields::of(call.body));
  ATHANOR_TRY(const auto type, fields.text("type"));
  ATHANOR_TRY(const auto format, fields.text("format"));
  ATHANOR_TRY(const auto name, fields.text("name"));
  ATHANOR_TRY(const auto description, fields.text("description"));
  ATHANOR_TRY(const auto version, fields.text("version"));
  ATHANOR_TRY(const auto logo, fields.url("logo"));
  const auto change = [&](store::DatasetRecord& record) -> Status {
    ATHANOR_CHECK_OK(refuse_other("type", type, record.type));
    ATHANOR_CHECK_OK(refuse_other("format", format, record.format));
    ATHANOR_CHECK_OK(check_conditions(call, record));
    record.name = name.value_or(record.name);
    record.description = description.value_or(record.description);
    record.version = version.value_or(record.version);
    record.logo = logo.value_or(record.logo);
    record.last_modified = now_iso();
    return {};
  };
  ATHANOR_TRY(const auto record, services.store.datasets().update(call.user, call.owner, change));
  ATHANOR_TRY(const auto jobs, jobs_of(services, OwnerKind::dataset, record.id));
  return record_reply(call, 200, record, jobs);
}

Result<http::Response> remove_dataset(Services& services, const Call& call) {
  ATHANOR_TRY(const auto jobs, jobs_of(services, OwnerKind::dataset, call.owner));
  store::DatasetRecord record;
  const auto remove = [&]() -> Status {
    ATHANOR_TRY(record, services.store.datasets().remove(call.user, call.owner));
    return check_conditions(call, record);
  };
  ATHANOR_CHECK_OK(services.store.atomically(remove));
  pass(KillPoint::record_removed);
  services.inspections.give_up(record.data_folder);
  return record_reply(call, 200, record, jobs);
}

Status check_dataset_removable(Services& services, const Call& call) {
  ATHANOR_CHECK_OK(services.store.datasets().check_removable(call.user, call.owner));
  ATHANOR_TRY(const auto record, services.store.datasets().get(call.user, call.owner));
  return check_conditions(call, record);
}

Awaitable<Result<http::Response>> delete_dataset(Services& services, Call call) {
  // A dataset that may not be deleted keeps its jobs running.
  ATHANOR_CO_CHECK_OK(co_await services.pool.run(
      [&services, &call] { return check_dataset_removable(services, call); }));
  const Removal remove = [&services, &call] { return remove_dataset(services, call); };
  co_return co_await delete_with_jobs(services, OwnerKind::dataset, call.owner, remove);
}

http::Route dataset_list_route(Services& services) {
  auto route = new_route(http::Method::get,
                         "/api/v1/user/{user_id}/dataset",
                         "list_datasets",
                         "DATASET",
                         "List the user's datasets");
  route.path_parameters = {id_parameter("user_id")};
  route.query_parameters =
      paging_parameters({"date-descending", "date-ascending", "name-descending", "name-ascending"});
  route.query_parameters.push_back({"name", "Exact name", {{"type", "string"}}});
  route.query_parameters.push_back({"type", "Exact dataset type", {{"type", "string"}}});
  route.replies = {page_doc("The datasets", "Dataset"), error_doc(400)};
  route.handler = blocking(services, list_datasets);
  return route;
}

http::Route dataset_creation_route(Services& services) {
  auto route = new_route(http::Method::post,
                         "/api/v1/user/{user_id}/dataset",
                         "create_dataset",
                         "DATASET",
                         "Create a dataset");
  route.path_parameters = {id_parameter("user_id")};
  route.request_schema = reference_to("DatasetRequest");
  route.replies = {{201, "The new dataset", "application/json", reference_to("Dataset")},
                   error_doc(400)};
  add_entity_tag(route);
  add_idempotency(route);
  route.handler = blocking_once(services, create_dataset);
  return route;
}

http::Route dataset_route(http::Method method,
                          std::string operation_id,
                          std::string summary,
                          http::Handler handler) {
  auto route = new_route(method,
                         "/api/v1/user/{user_id}/dataset/{dataset_id}",
                         std::move(operation_id),
                         "DATASET",
                         std::move(summary));
  route.path_parameters = {id_parameter("user_id"), id_parameter("dataset_id")};
  if (method == http::Method::put || method == http::Method::patch) {
    route.request_schema = reference_to("DatasetRequest");
  }
  route.replies = {{200, "The dataset", "application/json", reference_to("Dataset")},
                   error_doc(400),
                   error_doc(404)};
  add_conditions(route);
  route.handler = std::move(handler);
  return route;
}

http::Route upload_route(Services& services) {
  auto route = new_route(http::Method::post,
                         "/api/v1/user/{user_id}/dataset/{dataset_id}/upload",
                         "upload_dataset",
                         "DATASET",
                         "Upload an archive of the dataset's files as the part \"file\": tar, "
                         "tar.gz, tar.bz2, tar.xz, tar.zst or zip");
  route.path_parameters = {id_parameter("user_id"), id_parameter("dataset_id")};
  route.request_content_type = "multipart/form-data";
  route.request_schema = {{"type", "object"},
                          {"properties", {{"file", {{"type", "string"}, {"format", "binary"}}}}},
                          {"required", {"file"}}};
  route.replies = {
      {201, "Stored", "application/json", reference_to("Message")}, error_doc(400), error_doc(404)};
  route.body_limit = limits::upload_bytes;
  route.handler = async(services, upload_dataset);
  return route;
}

Result<http::Response> get_report(Services& services, const Call& call) {
  ATHANOR_TRY(const auto record, services.store.datasets().get(call.user, call.owner));
  ATHANOR_TRY(auto report, datasets::read_report(services.data_folder, record.data_folder));
  ATHANOR_TRY(report["inspection"], services.inspections.find(record.data_folder));
  return json_reply(200, report);
}

http::Route report_route(Services& services) {
  auto route = new_route(http::Method::get,
                         "/api/v1/user/{user_id}/dataset/{dataset_id}/report",
                         "get_dataset_report",
                         "DATASET",
                         "What the dataset's files hold, and which of them have faults");
  route.path_parameters = {id_parameter("user_id"), id_parameter("dataset_id")};
  route.replies = {{200, "The report", "application/json", reference_to("DatasetReport")},
                   error_doc(400),
                   error_doc(404)};
  route.handler = blocking(services, get_report);
  return route;
}

}  // namespace

void add_dataset_routes(std::vector<http::Route>& routes, Services& services) {
  using http::Method;
  routes.push_back(dataset_list_route(services));
  routes.push_back(dataset_creation_route(services));
  routes.push_back(dataset_route(
      Method::get, "get_dataset", "Retrieve a dataset", blocking(services, get_dataset)));
  routes.push_back(dataset_route(Method::put,
                                 "replace_dataset",
                                 "Merge the body into a dataset, as PATCH does",
                                 blocking_with_body(services, update_dataset)));
  routes.push_back(dataset_route(Method::delete_,
                                 "delete_dataset",
                                 "Cancel the dataset's jobs and delete it",
                                 async(services, delete_dataset)));
  routes.push_back(dataset_route(Method::patch,
                                 "update_dataset",
                                 "Merge the body into a dataset",
                                 blocking_with_body(services, update_dataset)));
  routes.push_back(upload_route(services));
  routes.push_back(report_route(services));
}

}  // namespace athanor::api
