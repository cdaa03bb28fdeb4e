#include "athanor/api/call.hpp"

#include <array>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "athanor/api/idempotency.hpp"
#include "athanor/api/reply.hpp"
#include "athanor/async/scoped_executor.hpp"
#include "athanor/catalog/networks.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/core/log.hpp"

namespace athanor::api {

namespace {

const std::string* find_parameter(const http::Request& request, std::string_view name) {
  for (const auto& [key, value] : request.path_parameters) {
    if (key == name) {
      return &value;
    }
  }
  return nullptr;
}

struct PathId {
  std::string_view parameter;
  std::string_view kind;
  Uuid Call::*target;
};

constexpr std::array<PathId, 4> path_ids{{
    {"user_id", "User", &Call::user},
    {"dataset_id", "Dataset", &Call::owner},
    {"job_id", "Job", &Call::job},
    {"model_id", "Model", &Call::owner},
}};

http::Response to_response(Result<http::Response> outcome) {
  return outcome ? std::move(*outcome) : error_reply(outcome.error());
}

Awaitable<Result<Json>> read_json(http::BodyReader& body) {
  ATHANOR_CO_TRY(const auto text, co_await http::read_all(body, limits::json_body_bytes));
  if (text.empty()) {
    co_return fail(ErrorCode::invalid_argument, "the request needs a JSON body");
  }
  co_return parse_json(text);
}

/// What all log lines that a request causes carry.
log::Context context_of(const http::Request& request) {
  Json fields = {{"request_id", request.request_id}};
  if (!request.trace_id.empty()) {
    fields["trace_id"] = request.trace_id;
  }
  return std::make_shared<const Json>(std::move(fields));
}

Awaitable<Result<http::Response>> run_blocking(Services& services,
                                               BlockingHandler handler,
                                               http::Request request,
                                               bool with_body) {
  http::BodyReader* body = request.body;
  ATHANOR_CO_TRY(auto call, parse_call(std::move(request)));
  if (with_body) {
    ATHANOR_CO_TRY(call.body, co_await read_json(*body));
  }
  // Whoever sends a body changes something.
  auto& pool = with_body ? services.writing_pool : services.pool;
  co_return co_await pool.run([&services, &handler, &call] {
    const log::Scope scope(context_of(call.request));
    return handler(services, call);
  });
}

Awaitable<Result<http::Response>> run_async(Services& services,
                                            AsyncHandler handler,
                                            http::Request request) {
  ATHANOR_CO_TRY(auto call, parse_call(std::move(request)));
  const IoExecutor strand = co_await boost::asio::this_coro::executor;
  const IoExecutor scoped = ScopedExecutor(strand, context_of(call.request));
  auto handled = handler(services, std::move(call));
  co_return co_await boost::asio::co_spawn(scoped, std::move(handled), boost::asio::use_awaitable);
}

http::Handler blocking_handler(Services& services, BlockingHandler handler, bool with_body) {
  return [&services, handler = std::move(handler), with_body](
             http::Request request) -> Awaitable<http::Response> {
    // The closure lives in the route table, which outlives every request.
    co_return to_response(co_await run_blocking(services, handler, std::move(request), with_body));
  };
}

}  // namespace

Result<Call> parse_call(http::Request request) {
  Call call;
  for (const auto& [parameter, kind, target] : path_ids) {
    if (const auto* text = find_parameter(request, parameter)) {
      const auto id = Uuid::parse(*text);
      if (!id) {
        return fail(ErrorCode::invalid_argument,
                    fmt::format("{} ID in the path is not a valid UUID", kind));
      }
      call.*target = *id;
    }
  }
  if (const auto* action = find_parameter(request, "action")) {
    call.action = catalog::canonical_action(*action);
  }
  call.request = std::move(request);
  return call;
}

http::Handler blocking(Services& services, BlockingHandler handler) {
  return blocking_handler(services, std::move(handler), false);
}

http::Handler blocking_with_body(Services& services, BlockingHandler handler) {
  return blocking_handler(services, std::move(handler), true);
}

http::Handler blocking_once(Services& services, BlockingHandler handler) {
  return blocking_handler(
      services,
      [handler = std::move(handler)](Services& all, const Call& call) {
        return answer_once(all, handler, call);
      },
      true);
}

http::Handler async(Services& services, AsyncHandler handler) {
  return [&services,
          handler = std::move(handler)](http::Request request) -> Awaitable<http::Response> {
    co_return to_response(co_await run_async(services, handler, std::move(request)));
  };
}

}  // namespace athanor::api
