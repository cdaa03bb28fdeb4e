#include "athanor/api/openapi.hpp"

#include <string>
#include <utility>

#include "athanor/api/route_docs.hpp"
#include "athanor/api/schema_parts.hpp"
#include "athanor/api/schemas.hpp"

namespace athanor::api {

namespace {

std::string lower_name_of(http::Method method) {
  std::string name(http::name_of(method));
  for (char& c : name) {
    c = static_cast<char>(c | 0x20);
  }
  return name;
}

Json parameter_json(const http::ParameterDoc& parameter, const char* place) {
  return {{"name", parameter.name},
          {"in", place},
          {"required", parameter.required || std::string_view(place) == "path"},
          {"description", parameter.description},
          {"schema", parameter.schema}};
}

Json content_json(const std::string& type, const Json& schema) {
  Json content = Json::object();
  content[type] = {{"schema", schema}};
  return content;
}

Json reply_json(const http::ReplyDoc& reply) {
  Json json = {{"description", reply.description}};
  for (const auto& header : reply.headers) {
    json["headers"][header.name] = {{"description", header.description}, {"schema", header.schema}};
  }
  if (!reply.schema.is_null()) {
    json["content"] = content_json(reply.content_type, reply.schema);
  }
  if (reply.schema == reference_to("Error")) {
    json["content"].update(content_json("application/problem+json", reference_to("Problem")));
  }
  return json;
}

bool is_guarded(const http::Route& route) {
  return route.pattern.starts_with("/api/v1/user/{user_id}");
}

/// What the route declares, and what any request may meet on the way to it.
Json replies_json(const http::Route& route) {
  Json replies = Json::object();
  for (const auto& reply : route.replies) {
    auto& declared = replies[std::to_string(reply.status)];
    auto json = reply_json(reply);
    if (declared.contains("content") && json.contains("content")) {
      declared["content"].update(json["content"]);
    } else {
      declared = std::move(json);
    }
  }
  if (is_guarded(route)) {
    replies["401"] = reply_json(error_doc(401));
    replies["403"] = reply_json(error_doc(403));
  }
  if (!route.request_schema.is_null()) {
    replies["413"] = reply_json(error_doc(413));
  }
  replies["default"] = reply_json(error_doc(500));
  return replies;
}

Json operation_json(const http::Route& route) {
  Json operation = {{"operationId", route.operation_id},
                    {"summary", route.summary},
                    {"tags", Json::array({route.tag})}};
  Json parameters = Json::array();
  for (const auto& parameter : route.path_parameters) {
    parameters.push_back(parameter_json(parameter, "path"));
  }
  for (const auto& parameter : route.query_parameters) {
    parameters.push_back(parameter_json(parameter, "query"));
  }
  for (const auto& parameter : route.header_parameters) {
    parameters.push_back(parameter_json(parameter, "header"));
  }
  if (!parameters.empty()) {
    operation["parameters"] = std::move(parameters);
  }
  if (!route.request_schema.is_null()) {
    operation["requestBody"] = {
        {"required", true},
        {"content", content_json(route.request_content_type, route.request_schema)}};
  }
  operation["responses"] = replies_json(route);
  if (is_guarded(route)) {
    operation["security"] = Json::array({{{"token", Json::array()}}});
  }
  return operation;
}

/// OpenAPI has no name for a parameter that takes the rest of the path.
std::string documented(std::string pattern) {
  if (const auto tail = pattern.find("...}"); tail != std::string::npos) {
    pattern.erase(tail, 3);
  }
  return pattern;
}

}  // namespace

Json openapi_document(const std::vector<http::Route>& routes) {
  Json paths = Json::object();
  for (const auto& route : routes) {
    paths[documented(route.pattern)][lower_name_of(route.method)] = operation_json(route);
  }
  return {{"openapi", "3.0.3"},
          {"info",
           {{"title", "TAO Toolkit API"},
            {"version", "v4.0.0"},
            {"description",
             "Athanor " ATHANOR_VERSION ", a self-contained training server with this API"}}},
          {"paths", std::move(paths)},
          {"components",
           {{"schemas", component_schemas()},
            {"securitySchemes",
             {{"token", {{"type", "http"}, {"scheme", "bearer"}, {"bearerFormat", "JWT"}}}}}}}};
}

}  // namespace athanor::api
