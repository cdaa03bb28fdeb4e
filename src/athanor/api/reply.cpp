#include "athanor/api/reply.hpp"

#include <utility>

#include "athanor/core/limits.hpp"

namespace athanor::api {

int http_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::conflict:  // "in use", "still running": clients of the original expect 400.
    case ErrorCode::unsupported:
      return 400;
    case ErrorCode::unauthorized:
      return 401;
    case ErrorCode::forbidden:
      return 403;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::timed_out:
      return 408;
    case ErrorCode::outdated:
      return 412;
    case ErrorCode::too_large:
      return 413;
    case ErrorCode::unavailable:
      return 503;
    case ErrorCode::io:
    case ErrorCode::internal:
      return 500;
  }
  return 500;
}

void ListText::add(const Json& element) {
  if (text_.size() > 1) {
    text_ += ',';
  }
  text_ += to_text(element);
}

std::string ListText::take() {
  text_ += ']';
  return std::move(text_);
}

http::Response json_text_reply(int status, std::string text) {
  http::Response response;
  response.status = status;
  response.headers.set("Content-Type", "application/json");
  text += '\n';
  response.body = std::move(text);
  return response;
}

http::Response json_reply(int status, const Json& body) {
  return json_text_reply(status, to_text(body));
}

http::Response page_reply(ListText list, std::uint64_t total) {
  auto reply = json_text_reply(200, list.take());
  reply.headers.set("X-Pagination-Total", std::to_string(total));
  reply.headers.set("Access-Control-Expose-Headers", "X-Pagination-Total");
  return reply;
}

http::Response error_reply(int status, const std::string& description) {
  return json_reply(status, {{"error_desc", description}, {"error_code", status}});
}

http::Response error_reply(const Error& error) {
  auto reply = error_reply(http_status(error.code), error.message);
  if (error.code == ErrorCode::unavailable) {
    reply.headers.set("Retry-After", std::to_string(limits::retry_after.count()));
  }
  return reply;
}

}  // namespace athanor::api
