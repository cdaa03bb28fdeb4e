#include "athanor/api/conditions.hpp"

#include <algorithm>

#include "athanor/core/digest.hpp"
#include "athanor/http/entity_tag.hpp"

namespace athanor::api {

namespace {

/// Up to what changes by itself.
std::string_view own_part(std::string_view tag) {
  return tag.substr(0, std::min(tag.find('-'), tag.find_last_of('"')));
}

bool allows(std::string_view list, const std::optional<std::string>& tag) {
  return tag && http::any_tag(list, [&tag](std::string_view item) {
           return own_part(item) == own_part(*tag);
         });
}

}  // namespace

std::string record_tag(const Json& record) {
  Json own = record;
  own.erase("jobs");
  return "\"" + digest(to_text(own)) + "-" + digest(to_text(record.at("jobs"))) + "\"";
}

std::string text_tag(std::string_view text) {
  return "\"" + digest(text) + "\"";
}

http::Response tagged(const Call& call, http::Response reply, std::string tag) {
  const auto method = call.request.method;
  const auto known = call.request.headers.find("If-None-Match");
  if (known && (method == http::Method::get || method == http::Method::head) &&
      http::lists_tag(*known, tag)) {
    reply = http::Response{304, {}, std::string()};
  }
  reply.headers.set("ETag", std::move(tag));
  return reply;
}

Status check_conditions(const Call& call, const std::optional<std::string>& tag) {
  const auto wanted = call.request.headers.find("If-Match");
  if (wanted && !allows(*wanted, tag)) {
    return fail(
        ErrorCode::outdated,
        "If-Match: this has changed since it was read; read it again and repeat the change");
  }
  const auto unwanted = call.request.headers.find("If-None-Match");
  if (unwanted && allows(*unwanted, tag)) {
    return fail(ErrorCode::outdated, "If-None-Match: this is there already");
  }
  return {};
}

}  // namespace athanor::api
