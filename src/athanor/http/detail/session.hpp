#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "athanor/http/detail/reply_writer.hpp"
#include "athanor/http/detail/request_body.hpp"
#include "athanor/http/detail/server_context.hpp"
#include "athanor/http/detail/target.hpp"

namespace athanor::http::detail {

/// One connection: reads requests, asks the handlers, sends replies. Lives on one strand.
class Session {
 public:
  /// `context` outlives the session. `peer` is the client's address.
  Session(ServerContext& context, std::shared_ptr<Transport> transport, std::string peer);

  /// Serves until the connection ends. Never throws but for bugs.
  Awaitable<void> run();

  /// Ends the connection now if it waits for a request, else after the present reply. The
  /// context's `stopping` is set before.
  void stop_when_idle();

  void close();

 private:
  struct Exchange;

  Awaitable<bool> serve_one();
  Awaitable<bool> wait_for_request();
  Awaitable<OrRefusal<std::optional<RequestHead>>> read_head(RequestParser& parser);
  Awaitable<Response> answer(Exchange& exchange, RequestHead head);
  Awaitable<Response> dispatch(Exchange& exchange, RequestHead head, Target target);
  std::optional<Refusal> open_body(Exchange& exchange, const RequestHead& head);
  [[nodiscard]] std::variant<Router::Match, Response> find_route(std::optional<Method> method,
                                                                 const std::string& raw_path) const;
  [[nodiscard]] StreamBody guarded(Visitor visitor, StreamBody body) const;
  Awaitable<bool> finish(Exchange& exchange, Response response);
  void adapt(const Exchange& exchange, Response& response) const;
  Awaitable<void> let_client_read();
  [[nodiscard]] Response refuse_with(const Refusal& refusal) const;
  void log_exchange(const Exchange& exchange, const Sent& sent) const;

  ServerContext& context_;
  std::shared_ptr<Transport> transport_;
  std::string peer_;
  std::string connection_id_;
  std::uint64_t requests_ = 0;
  InputBuffer input_;
  bool idle_ = false;
};

}  // namespace athanor::http::detail
