#pragma once

#include "athanor/api/call.hpp"

namespace athanor::api {

/// Runs a handler that makes something new. With an Idempotency-Key it runs once for the user and
/// key: its changes and its reply become durable in one transaction, the same request again (or at
/// the same time) gets that reply, another request with that key gets 422. Failures are not kept.
[[nodiscard]] Result<http::Response> answer_once(Services& services,
                                                 const BlockingHandler& handler,
                                                 const Call& call);

}  // namespace athanor::api
