#include "athanor/api/route_docs.hpp"

#include <utility>

#include "athanor/api/schema_parts.hpp"
#include "athanor/core/limits.hpp"

namespace athanor::api {

namespace {

Json count_schema() {
  return {{"type", "integer"}, {"minimum", 0}};
}

void add_reading_conditions(http::Route& route) {
  route.header_parameters.push_back(
      {"If-None-Match", "Tags of the copies that the client has", string_schema()});
  route.replies.push_back({304, "The client has this copy", "", Json(), {}});
}

void add_changing_conditions(http::Route& route) {
  route.header_parameters.push_back(
      {"If-Match", "Change it only while it has one of these tags", string_schema()});
  route.header_parameters.push_back(
      {"If-None-Match", "Change it only while it has none of these tags", string_schema()});
  route.replies.push_back(error_doc(412));
}

}  // namespace

http::ParameterDoc id_parameter(const std::string& name) {
  const auto kind = name.substr(0, name.find('_'));
  return {name, "ID of the " + kind, id_schema()};
}

std::vector<http::ParameterDoc> paging_parameters(const std::vector<std::string>& sorts) {
  std::vector<http::ParameterDoc> parameters = {
      {"skip", "How many to leave out at the start", count_schema()},
      {"size", "How many to return at most", count_schema()}};
  if (!sorts.empty()) {
    parameters.push_back({"sort",
                          "Order of the list; without it the latest change comes first",
                          {{"type", "string"}, {"enum", sorts}}});
  }
  return parameters;
}

http::Route new_route(http::Method method,
                      std::string pattern,
                      std::string operation_id,
                      std::string tag,
                      std::string summary) {
  http::Route route;
  route.method = method;
  route.pattern = std::move(pattern);
  route.operation_id = std::move(operation_id);
  route.tag = std::move(tag);
  route.summary = std::move(summary);
  return route;
}

void add_entity_tag(http::Route& route) {
  for (auto& reply : route.replies) {
    if (reply.status < 300) {
      reply.headers.push_back({"ETag", "Changes with the content", string_schema()});
    }
  }
}

void add_conditions(http::Route& route) {
  add_entity_tag(route);
  if (route.method == http::Method::get) {
    add_reading_conditions(route);
  } else {
    add_changing_conditions(route);
  }
}

void add_file_conditions(http::Route& route) {
  auto part = route.replies.back();
  part.status = 206;
  part.description = "The asked part of it; of several parts, multipart/byteranges";
  route.header_parameters.push_back(
      {"Range", "bytes=0-99,200- and the like: the parts that are wanted", string_schema()});
  route.header_parameters.push_back(
      {"If-Range", "Parts only while it has this tag or date, else the whole", string_schema()});
  add_reading_conditions(route);
  route.replies.push_back(std::move(part));
  route.replies.push_back(error_doc(416));
}

http::ParameterDoc last_event_parameter() {
  return {"Last-Event-ID",
          "Id of the last event that the client has had: go on after it",
          string_schema()};
}

void add_idempotency(http::Route& route) {
  route.header_parameters.push_back(
      {"Idempotency-Key",
       "Makes it safe to repeat the request for a day: the first reply is sent again, with "
       "Idempotency-Replayed: true",
       {{"type", "string"}, {"maxLength", limits::idempotency_key_bytes}}});
  route.replies.push_back(error_doc(422));
}

http::ReplyDoc page_doc(std::string description, const std::string& name) {
  return {200,
          std::move(description),
          "application/json",
          array_of(name),
          {{"X-Pagination-Total", "How many there are, before paging", integer_schema()}}};
}

http::ReplyDoc error_doc(int status) {
  const char* description = status == 400   ? "The request is wrong; the text says where"
                            : status == 401 ? "No valid token"
                            : status == 403 ? "Not allowed to this user"
                            : status == 404 ? "Not found"
                            : status == 412 ? "A condition of the request does not hold"
                            : status == 413 ? "The body is too large"
                            : status == 416 ? "It has no such part"
                            : status == 422 ? "The Idempotency-Key was used for another request"
                            : status == 460 ? "The bytes are not those of Upload-Checksum"
                                            : "Failure; the text says why";
  return {status, description, "application/json", reference_to("Error")};
}

}  // namespace athanor::api
