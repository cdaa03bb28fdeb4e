#include "athanor/api/spec_handlers.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "athanor/api/call.hpp"
#include "athanor/api/conditions.hpp"
#include "athanor/api/reply.hpp"
#include "athanor/api/resource.hpp"
#include "athanor/api/route_docs.hpp"
#include "athanor/api/schema_parts.hpp"
#include "athanor/spec/schema.hpp"
#include "athanor/spec/validation.hpp"

namespace athanor::api {

namespace {

using store::OwnerKind;

/// Of PUT and POST. Specs are not merged, as records are.
constexpr const char* save_summary = "Save the spec of an action in place of the one before";

struct SpecTarget {
  Resource resource;
  const spec::Table* table;
};

/// The parameter table of the path's action, if the resource knows that action.
Result<SpecTarget> find_target(const Call& call, Resource resource) {
  const bool known =
      std::ranges::find(resource.known_actions, call.action) != resource.known_actions.end();
  const auto* table = known ? spec::find_table(resource.subject, call.action) : nullptr;
  if (table == nullptr) {
    return fail(ErrorCode::not_found,
                fmt::format("Action not found: this {} has a spec for {}",
                            name_of(resource.kind),
                            resource.known_actions.empty()
                                ? "no action"
                                : fmt::format("{}", fmt::join(resource.known_actions, ", "))));
  }
  return SpecTarget{std::move(resource), table};
}

BlockingHandler get_schema(OwnerKind kind) {
  return [kind](Services& services, const Call& call) -> Result<http::Response> {
    ATHANOR_TRY(auto resource, readable_resource(services, kind, call));
    ATHANOR_TRY(const auto target, find_target(call, std::move(resource)));
    ATHANOR_TRY(const auto context, schema_context(services, target.resource, call.action));
    return json_reply(200, spec::schema(*target.table, context));
  };
}

BlockingHandler get_spec(OwnerKind kind) {
  return [kind](Services& services, const Call& call) -> Result<http::Response> {
    ATHANOR_TRY(auto resource, readable_resource(services, kind, call));
    ATHANOR_TRY(const auto target, find_target(call, std::move(resource)));
    ATHANOR_TRY(const auto stored, services.store.specs().get(target.resource.id, call.action));
    if (!stored) {
      return fail(ErrorCode::not_found,
                  fmt::format("Spec not found: none was saved for {}", call.action));
    }
    return tagged(call, json_text_reply(200, *stored), text_tag(*stored));
  };
}

BlockingHandler save_spec(OwnerKind kind, int status) {
  return [kind, status](Services& services, const Call& call) -> Result<http::Response> {
    ATHANOR_TRY(auto resource, own_resource(services, kind, call));
    ATHANOR_TRY(const auto target, find_target(call, std::move(resource)));
    if (!call.body.is_object()) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("a spec must be a JSON object, not {}", call.body.type_name()));
    }
    ATHANOR_CHECK_OK(spec::validate(*target.table, call.body));
    const auto text = to_text(call.body);
    const auto save = [&]() -> Status {
      auto& specs = services.store.specs();
      ATHANOR_TRY(const auto before, specs.get(target.resource.id, call.action));
      const auto tag = before ? std::optional(text_tag(*before)) : std::nullopt;
      ATHANOR_CHECK_OK(check_conditions(call, tag));
      return specs.put(kind, target.resource.id, call.action, text);
    };
    ATHANOR_CHECK_OK(services.store.atomically(save));
    return tagged(call, json_text_reply(status, text), text_tag(text));
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
  const http::ReplyDoc read{200, "The spec", "application/json", reference_to("Spec")};
  const http::ReplyDoc saved{201, "The saved spec", "application/json", reference_to("Spec")};

  auto schema = spec_route(Method::get, kind, "/schema", "get", "Schema of an action's spec");
  schema.replies = {{200, "The schema", "application/json", reference_to("SpecSchema")},
                    error_doc(400),
                    error_doc(404)};
  schema.handler = blocking(services, get_schema(kind));
  routes.push_back(std::move(schema));

  auto get = spec_route(Method::get, kind, "", "get", "The saved spec of an action");
  get.replies = {read, error_doc(400), error_doc(404)};
  add_conditions(get);
  get.handler = blocking(services, get_spec(kind));
  routes.push_back(std::move(get));

  auto put = spec_route(Method::put, kind, "", "replace", save_summary);
  put.request_schema = reference_to("Spec");
  put.replies = {read, error_doc(400), error_doc(404)};
  add_conditions(put);
  put.handler = blocking_with_body(services, save_spec(kind, 200));
  routes.push_back(std::move(put));

  auto post = spec_route(Method::post, kind, "", "save", save_summary);
  post.request_schema = reference_to("Spec");
  post.replies = {saved, error_doc(400), error_doc(404)};
  add_conditions(post);
  add_idempotency(post);
  post.handler = blocking_once(services, save_spec(kind, 201));
  routes.push_back(std::move(post));
}

}  // namespace athanor::api
