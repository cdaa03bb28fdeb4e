#include "athanor/http/detail/cors.hpp"

#include <algorithm>

namespace athanor::http::detail {

void allow_origin(const std::vector<std::string>& allowed,
                  std::string_view origin,
                  Headers& reply) {
  const auto covers = [origin](const std::string& entry) {
    return entry == "*" || entry == origin;
  };
  if (origin.empty() || std::none_of(allowed.begin(), allowed.end(), covers)) {
    return;
  }
  reply.set("Access-Control-Allow-Origin", std::string(origin));
  reply.set("Access-Control-Expose-Headers",
            "X-Pagination-Total, X-Request-Id, ETag, Idempotency-Replayed");
  reply.add("Vary", "Origin");
}

Response options_reply(const std::string& allow) {
  Response response{.status = 204, .headers = {}, .body = std::string()};
  response.headers.add("Allow", allow);
  response.headers.add("Access-Control-Allow-Methods", allow);
  response.headers.add("Access-Control-Allow-Headers",
                       "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, "
                       "Last-Event-ID");
  response.headers.add("Access-Control-Max-Age", "600");
  return response;
}

}  // namespace athanor::http::detail
