#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "athanor/core/json.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/http/message.hpp"

namespace athanor::http {

/// A parameter in the path, the query or a header field, as OpenAPI shows it.
struct ParameterDoc {
  std::string name;
  std::string description;
  Json schema;            ///< {"type": "string", "format": "uuid"}
  bool required = false;  ///< Parameters in the path are in any case.
};

/// One reply a route can give, as OpenAPI shows it. A status may have several, of other content
/// types.
struct ReplyDoc {
  int status = 200;
  std::string description;
  std::string content_type = "application/json";
  Json schema;  ///< Null for an empty body; {"$ref": "#/components/schemas/Model"}
  std::vector<ParameterDoc> headers = {};  ///< Fields that this reply always has.
};

using Handler = std::function<Awaitable<Response>(Request)>;

/// One line of the route table: routing, validation and the OpenAPI document come from it.
struct Route {
  Method method = Method::get;
  /// "/api/v1/user/{user_id}/dataset/{dataset_id}"; a last "{name...}" takes the rest of the path.
  std::string pattern;
  std::string operation_id;
  std::string tag;  ///< Groups operations in OpenAPI: "DATASET".
  std::string summary;
  std::vector<ParameterDoc> path_parameters;
  std::vector<ParameterDoc> query_parameters;
  std::vector<ParameterDoc> header_parameters;
  Json request_schema;  ///< Null when there is no JSON body.
  std::string request_content_type = "application/json";
  std::vector<ReplyDoc> replies;
  Handler handler;
  std::uint64_t body_limit = limits::json_body_bytes;
};

}  // namespace athanor::http
