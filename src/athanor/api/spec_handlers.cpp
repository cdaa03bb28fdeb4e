#include "athanor/api/spec_handlers.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "athanor/api/call.hpp"
#include "athanor/api/reply.hpp"
#include "athanor/api/resource.hpp"
#include "athanor/api/schemas.hpp"
#include "athanor/spec/schema.hpp"
#include "athanor/spec/validation.hpp"

namespace athanor::api {

namespace {

using store::OwnerKind;

struct SpecTarget {
  Resource resource;
  const spec::Table* table;
};

/// The parameter table of the path's action, if the resource knows that action.
Result<SpecTarget> find_target(Services& services, OwnerKind kind, const Call& call) {
  ATHANOR_TRY(auto resource, own_resource(services, kind, call));
  const bool known =
      std::ranges::find(resource.known_actions, call.action) != resource.known_actions.end();
  const auto* table = known ? spec::find_table(resource.subject, call.action) : nullptr;
  if (table == nullptr) {
    return fail(ErrorCode::not_found,
                fmt::format("Action not found: this {} has a spec for {}",
                            kind == OwnerKind::dataset ? "dataset" : "model",
                            resource.known_actions.empty()
                                ? "no action"
                                : fmt::format("{}", fmt::join(resource.known_actions, ", "))));
  }
  return SpecTarget{std::move(resource), table};
}

BlockingHandler get_schema(OwnerKind kind) {
  return [kind](Services& services, const Call& call) -> Result<http::Response> {
    ATHANOR_TRY(const auto target, find_target(services, kind, call));
    return json_reply(200, spec::schema(*target.table, {target.resource.classes}));
  };
}

BlockingHandler get_spec(OwnerKind kind) {
  return [kind](Services& services, const Call& call) -> Result<http::Response> {
    ATHANOR_TRY(const auto target, find_target(services, kind, call));
    ATHANOR_TRY(const auto stored, services.store.specs().get(target.resource.id, call.action));
    if (!stored) {
      return fail(ErrorCode::not_found,
                  fmt::format("Spec not found: none was saved for {}", call.action));
    }
    ATHANOR_TRY(const auto body, parse_json(*stored));
    return json_reply(200, body);
  };
}

BlockingHandler save_spec(OwnerKind kind, int status) {
  return [kind, status](Services& services, const Call& call) -> Result<http::Response> {
    ATHANOR_TRY(const auto target, find_target(services, kind, call));
    if (!call.body.is_object()) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("a spec must be a JSON object, not {}", call.body.type_name()));
    }
    ATHANOR_CHECK_OK(spec::validate(*target.table, call.body));
    ATHANOR_CHECK_OK(
        services.store.specs().put(kind, target.resource.id, call.action, to_text(call.body)));
    return json_reply(status, call.body);
  };
}

http::Route spec_route(http::Method method,
                       OwnerKind kind,
                       std::string_view tail,
                       std::string_view verb,
                       std::string summary) {
  const std::string owner(name_of(kind));
  auto route = new_route(
      method,
      fmt::format("/api/v1/user/{{user_id}}/{0}/{{{0}_id}}/specs/{{action}}{1}", owner, tail),
      fmt::format("{}_{}_spec{}", verb, owner, tail.empty() ? "" : "_schema"),
      kind == OwnerKind::dataset ? "DATASET" : "MODEL",
      std::move(summary));
  route.path_parameters = {id_parameter("user_id"),
                           id_parameter(owner + "_id"),
                           {"action", "Name of the action", {{"type", "string"}}}};
  return route;
}

}  // namespace

void add_spec_routes(std::vector<http::Route>& routes, Services& services, OwnerKind kind) {
  using http::Method;
  const http::ReplyDoc read{200, "The document", "application/json", reference_to("Spec")};
  const http::ReplyDoc saved{201, "The saved spec", "application/json", reference_to("Spec")};

  auto schema = spec_route(Method::get, kind, "/schema", "get", "Schema of an action's spec");
  schema.replies = {read, error_doc(400), error_doc(404)};
  schema.handler = blocking(services, get_schema(kind));
  routes.push_back(std::move(schema));

  auto get = spec_route(Method::get, kind, "", "get", "The saved spec of an action");
  get.replies = {read, error_doc(400), error_doc(404)};
  get.handler = blocking(services, get_spec(kind));
  routes.push_back(std::move(get));

  auto put = spec_route(Method::put, kind, "", "replace", "Save the spec of an action");
  put.request_schema = reference_to("Spec");
  put.replies = {read, error_doc(400), error_doc(404)};
  put.handler = blocking_with_body(services, save_spec(kind, 200));
  routes.push_back(std::move(put));

  auto post = spec_route(Method::post, kind, "", "save", "Save the spec of an action");
  post.request_schema = reference_to("Spec");
  post.replies = {saved, error_doc(400), error_doc(404)};
  post.handler = blocking_with_body(services, save_spec(kind, 201));
  routes.push_back(std::move(post));
}

}  // namespace athanor::api
