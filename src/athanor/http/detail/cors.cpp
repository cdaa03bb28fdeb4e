#include "athanor/http/detail/cors.hpp"

#include <algorithm>

namespace athanor::http::detail {

namespace {

/// Fields of requests that are not plain by themselves, those of resumable uploads (tus) included.
constexpr const char* request_fields =
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, If-Range, "
    "Last-Event-ID, Range, Tus-Resumable, Upload-Checksum, Upload-Length, Upload-Metadata, "
    "Upload-Offset, X-HTTP-Method-Override, X-Request-Id";

/// Fields of replies that scripts may read beside the plain ones.
constexpr const char* reply_fields =
    "Accept-Ranges, Allow, Content-Disposition, Content-Range, ETag, Idempotency-Replayed, "
    "Location, Retry-After, Tus-Checksum-Algorithm, Tus-Extension, Tus-Max-Size, Tus-Resumable, "
    "Tus-Version, Upload-Expires, Upload-Length, Upload-Metadata, Upload-Offset, "
    "X-Pagination-Total, X-Request-Id";

}  // namespace

void allow_origin(const std::vector<std::string>& allowed,
                  std::string_view origin,
                  Headers& reply) {
  const auto covers = [origin](const std::string& entry) {
    return entry == "*" || entry == origin;
  };
  if (!allowed.empty()) {
    // In every reply: a cache must not give one that lacks the fields below to a script.
    reply.add("Vary", "Origin");
  }
  if (origin.empty() || std::none_of(allowed.begin(), allowed.end(), covers)) {
    return;
  }
  reply.set("Access-Control-Allow-Origin", std::string(origin));
  reply.set("Access-Control-Expose-Headers", reply_fields);
}

void allow_methods(const std::string& allow, Headers& reply) {
  reply.set("Allow", allow);
  reply.set("Access-Control-Allow-Methods", allow);
  reply.set("Access-Control-Allow-Headers", request_fields);
  reply.set("Access-Control-Max-Age", "600");
}

Response options_reply(const std::string& allow) {
  Response response{.status = 204, .headers = {}, .body = std::string()};
  allow_methods(allow, response.headers);
  return response;
}

}  // namespace athanor::http::detail
