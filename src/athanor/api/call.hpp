#pragma once

#include <functional>
#include <optional>
#include <string>

#include "athanor/api/services.hpp"
#include "athanor/core/json.hpp"
#include "athanor/core/uuid.hpp"
#include "athanor/http/message.hpp"
#include "athanor/http/route.hpp"
#include "athanor/store/records.hpp"

namespace athanor::api {

/// A request with its ids parsed and its body read: what the blocking part of a handler needs.
struct Call {
  Uuid user;
  Uuid owner;          ///< Dataset or model of the path; nil where the route has none.
  Uuid job;            ///< Job of the path; nil where the route has none.
  std::string action;  ///< Canonical; empty where the route has none.
  Json body;           ///< Null where the route takes none.
  http::Request request;
};

/// Parses the ids of the path, in the order user, dataset, job, model; the error names the kind.
[[nodiscard]] Result<Call> parse_call(http::Request request);

/// A handler that runs on the blocking pool.
using BlockingHandler = std::function<Result<http::Response>(Services&, const Call&)>;

/// A handler that also waits for other things.
using AsyncHandler = std::function<Awaitable<Result<http::Response>>(Services&, Call)>;

/// Adapters to the route table: parse ids, read a JSON body for `with_body`, turn errors into the
/// envelope.
[[nodiscard]] http::Handler blocking(Services& services, BlockingHandler handler);
[[nodiscard]] http::Handler blocking_with_body(Services& services, BlockingHandler handler);
/// As with_body, for what makes something new: it heeds an Idempotency-Key (idempotency.hpp).
[[nodiscard]] http::Handler blocking_once(Services& services, BlockingHandler handler);
[[nodiscard]] http::Handler async(Services& services, AsyncHandler handler);

}  // namespace athanor::api
