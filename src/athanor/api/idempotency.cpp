#include "athanor/api/idempotency.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "athanor/api/reply.hpp"
#include "athanor/core/digest.hpp"
#include "athanor/core/limits.hpp"

namespace athanor::api {

namespace {

Status check_key(std::string_view key) {
  const auto is_visible = [](char c) { return c > ' ' && c < 0x7f; };
  if (key.empty() || key.size() > limits::idempotency_key_bytes ||
      !std::ranges::all_of(key, is_visible)) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("Idempotency-Key must be 1 to {} visible ASCII characters, such as a "
                            "new UUID",
                            limits::idempotency_key_bytes));
  }
  return {};
}

std::string fingerprint_of(const Call& call) {
  auto text =
      fmt::format("{} {}\n{}", name_of(call.request.method), call.request.path, to_text(call.body));
  for (const auto& [name, value] : call.request.query) {
    text += fmt::format("\n{}={}", name, value);
  }
  return digest(text);
}

http::Response repeated(const store::KeptReply& kept) {
  http::Response response;
  response.status = static_cast<int>(kept.status);
  response.headers.set("Content-Type", "application/json");
  response.headers.set("Idempotency-Replayed", "true");
  if (!kept.etag.empty()) {
    response.headers.set("ETag", kept.etag);
  }
  response.body = kept.body;
  return response;
}

}  // namespace

Result<http::Response> answer_once(Services& services,
                                   const BlockingHandler& handler,
                                   const Call& call) {
  const auto key = call.request.headers.find("Idempotency-Key");
  if (!key) {
    return handler(services, call);
  }
  ATHANOR_CHECK_OK(check_key(*key));
  const auto fingerprint = fingerprint_of(call);
  http::Response response;
  const auto once = [&]() -> Status {
    ATHANOR_TRY(const auto kept, services.store.replies().find(call.user, std::string(*key)));
    if (kept) {
      response = kept->fingerprint == fingerprint
                     ? repeated(*kept)
                     : error_reply(422, "this Idempotency-Key was used for another request");
      return {};
    }
    ATHANOR_TRY(response, handler(services, call));
    return services.store.replies().keep(
        {.user_id = call.user,
         .key = std::string(*key),
         .fingerprint = fingerprint,
         .status = response.status,
         .etag = std::string(response.headers.find("ETag").value_or("")),
         .body = std::get<std::string>(response.body)});
  };
  ATHANOR_CHECK_OK(services.store.atomically(once));
  // When the handler woke it, new jobs could not be seen yet.
  services.supervisor.wake();
  return response;
}

}  // namespace athanor::api
