#include "athanor/api/pretrained_handlers.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "athanor/api/call.hpp"
#include "athanor/api/pretrained_records.hpp"
#include "athanor/api/pretrained_upload.hpp"
#include "athanor/api/reply.hpp"
#include "athanor/api/route_docs.hpp"
#include "athanor/api/schema_parts.hpp"
#include "athanor/api/schemas.hpp"
#include "athanor/core/kill_point.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/jobs/pretrained_weights.hpp"

namespace athanor::api {

namespace {

Result<http::Response> list_pretrained(Services& services, const Call&) {
  ATHANOR_TRY(const auto records, pretrained_records(services.store, services.data_folder));
  Json list = Json::array();
  for (const auto& model : records.whole) {
    list.push_back(pretrained_json(model));
  }
  return json_reply(200, list);
}

/// With weights or without.
Result<store::ModelRecord> find_pretrained(Services& services, const Call& call) {
  ATHANOR_TRY(auto models, services.store.models().pretrained());
  const auto found = std::ranges::find(models, call.owner, &store::ModelRecord::id);
  if (found == models.end()) {
    return fail(ErrorCode::not_found, "Pretrained model not found");
  }
  return std::move(*found);
}

Result<http::Response> get_pretrained(Services& services, const Call& call) {
  ATHANOR_TRY(const auto model, find_pretrained(services, call));
  if (!jobs::has_weights(services.data_folder, model.id)) {
    return fail(ErrorCode::not_found,
                "The weights of the pretrained model are gone: remove it, then add them again");
  }
  return json_reply(200, pretrained_json(model));
}

Result<http::Response> remove_pretrained(Services& services, const Call& call) {
  // Everybody may know of it; what is none is unknown to administrators, too.
  ATHANOR_CHECK_OK(find_pretrained(services, call));
  ATHANOR_CHECK_OK(check_admin(services, call.user));
  ATHANOR_TRY(const auto model, services.store.models().remove_pretrained(call.owner));
  pass(KillPoint::record_removed);
  services.supervisor.wake();  // It removes the files, once no job reads them.
  return json_reply(200, pretrained_json(model));
}

http::Route pretrained_route(http::Method method,
                             bool of_one,
                             std::string operation,
                             std::string summary,
                             http::ReplyDoc reply,
                             http::Handler handler) {
  auto route =
      new_route(method,
                std::string("/api/v1/user/{user_id}/pretrained") + (of_one ? "/{model_id}" : ""),
                std::move(operation),
                "PRETRAINED",
                std::move(summary));
  route.path_parameters = {id_parameter("user_id")};
  route.replies = {std::move(reply), error_doc(400)};
  if (of_one) {
    route.path_parameters.push_back(id_parameter("model_id"));
    route.replies.push_back(error_doc(404));
  }
  if (method != http::Method::get) {
    route.replies.push_back(error_doc(403));
  }
  route.handler = std::move(handler);
  return route;
}

http::Route addition_route(Services& services) {
  auto route = pretrained_route(
      http::Method::post,
      false,
      "add_pretrained",
      "Add weights that models can start from, as torch.save() or "
      "safetensors wrote them",
      {201, "The new pretrained model", "application/json", reference_to("Pretrained")},
      async(services, add_pretrained));
  const Json text = {{"type", "string"}};
  route.query_parameters = {
      {"network", "Whose models may start from them: a network_arch", text, true},
      {"backbone", "What they are of, by torchvision's name: resnet18", text, true},
      {"name", "What clients choose them by; ngc_path ends with it", text, true}};
  route.request_content_type = "multipart/form-data";
  route.request_schema = {{"type", "object"},
                          {"properties", {{"file", {{"type", "string"}, {"format", "binary"}}}}},
                          {"required", {"file"}}};
  route.body_limit = limits::weights_bytes;
  route.replies.push_back(error_doc(413));
  route.replies.push_back(error_doc(503));
  return route;
}

}  // namespace

void add_pretrained_routes(std::vector<http::Route>& routes, Services& services) {
  using http::Method;
  routes.push_back(
      pretrained_route(Method::get,
                       false,
                       "list_pretrained",
                       "List the pretrained models, by network and name",
                       {200, "The pretrained models", "application/json", array_of("Pretrained")},
                       blocking(services, list_pretrained)));
  routes.push_back(addition_route(services));
  routes.push_back(pretrained_route(
      Method::get,
      true,
      "get_pretrained",
      "Retrieve a pretrained model",
      {200, "The pretrained model", "application/json", reference_to("Pretrained")},
      blocking(services, get_pretrained)));
  routes.push_back(pretrained_route(
      Method::delete_,
      true,
      "remove_pretrained",
      "Remove a pretrained model that no model has as ptm, with its weights",
      {200, "The pretrained model as it was", "application/json", reference_to("Pretrained")},
      blocking(services, remove_pretrained)));
}

}  // namespace athanor::api
