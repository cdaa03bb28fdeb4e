#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "athanor/http/detail/file_reply.hpp"
#include "athanor/http/detail/server_context.hpp"
#include "athanor/http/detail/transport.hpp"

namespace athanor::http::detail {

/// What of the request shapes the reply.
struct ReplyTerms {
  bool head_only = false;  ///< HEAD: the fields without the body.
  bool keep_alive = true;
  int version = 11;
  std::string request_id;
  Preconditions conditions;
  /// Gives what is found only now to be a failure the form and fields that any other one has.
  std::function<void(Response&)> adapt;
};

/// What was sent, for the log and for the connection's further life.
struct Sent {
  int status = 0;
  std::uint64_t body_bytes = 0;
  bool connection_usable = false;
};

/// Sends one reply of any of the three kinds. `context` and `transport` outlive the call.
[[nodiscard]] Awaitable<Sent> send_reply(ServerContext& context,
                                         Transport& transport,
                                         Response response,
                                         ReplyTerms terms);

}  // namespace athanor::http::detail
