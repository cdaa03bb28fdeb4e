#include "athanor/http/detail/session.hpp"

#include <cmath>
#include <exception>

#include <fmt/format.h>

#include "athanor/core/limits.hpp"
#include "athanor/core/log.hpp"
#include "athanor/core/uuid.hpp"
#include "athanor/http/detail/correlation.hpp"
#include "athanor/http/detail/cors.hpp"

namespace athanor::http::detail {

namespace {

constexpr std::size_t input_bytes = 128 * limits::kib;  ///< The header's limit and read-ahead.
constexpr std::size_t head_read_bytes = 4 * limits::kib;
constexpr std::string_view masked_user = "***";  ///< In the log, for what is no id.

SteadyTime after(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

/// RFC 9112 section 3.2: HTTP/1.1 requests name their host, once.
bool has_valid_host(const RequestHead& head) {
  const std::size_t hosts = head.headers.count("Host");
  return hosts == 1 || (hosts == 0 && head.version < 11);
}

Visitor visitor_of(const RequestHead& head, const Target& target) {
  // Two of them are as good as none: which one counts would be anyone's guess.
  const bool is_one = head.headers.count("Authorization") == 1;
  return {.segments = path_segments(target.raw_path).value_or(std::vector<std::string>()),
          .authorization = std::string(is_one ? *head.headers.find("Authorization") : "")};
}

OrRefusal<bool> expects_continue(const RequestHead& head) {
  const auto expect = head.headers.find("Expect");
  if (!expect || head.version < 11) {
    return false;
  }
  if (*expect != "100-continue") {
    return refuse(417, "the only expectation understood here is \"100-continue\"");
  }
  return true;
}

}  // namespace

/// The state of one request, from its header to its line in the log.
struct Session::Exchange {
  explicit Exchange(std::string id) { terms.request_id = std::move(id); }

  RequestParser parser;
  std::optional<RequestBody> body;
  ReplyTerms terms;
  std::string method = "-";
  std::string path = "-";
  std::string_view route;         ///< The pattern of the route that was found...
  std::string_view route_method;  ///< ...and its method.
  std::string user;               ///< Of the path, masked unless an id; empty where it names none.
  std::string trace_id;
  std::string origin;
  std::string accept;
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();

  void note_route(const Router::Match& match) {
    route = match.route->pattern;
    route_method = name_of(match.route->method);
    for (const auto& [name, value] : match.path_parameters) {
      if (name == "user_id") {
        // A key or token ends up here by mistake, and OPTIONS passes the guard with it.
        user = Uuid::parse(value) ? value : masked_user;
      }
    }
  }
};

Session::Session(ServerContext& context, std::shared_ptr<Transport> transport, std::string peer)
    : context_(context),
      transport_(std::move(transport)),
      peer_(std::move(peer)),
      connection_id_(Uuid::random().to_string().substr(0, 13)),
      input_(input_bytes) {}

Awaitable<void> Session::run() {
  // No co_await in a condition: GCC 12 may lay out such a frame wrongly.
  bool goes_on = true;
  while (goes_on) {
    goes_on = co_await serve_one();
  }
  transport_->close();
}

void Session::stop_when_idle() {
  if (idle_) {
    transport_->close();
  }
}

void Session::close() {
  transport_->close();
}

Awaitable<bool> Session::serve_one() {
  const bool arrived = co_await wait_for_request();
  if (!arrived) {
    co_return false;
  }
  Exchange exchange(fmt::format("{}-{}", connection_id_, ++requests_));
  auto head = co_await read_head(exchange.parser);
  if (!head) {
    exchange.terms.keep_alive = false;
    co_return co_await finish(exchange, refuse_with(head.error()));
  }
  if (!*head) {
    co_return false;
  }
  if (auto id = wanted_request_id((*head)->headers); !id.empty()) {
    exchange.terms.request_id = std::move(id);
  }
  exchange.trace_id = trace_id((*head)->headers);
  exchange.terms.keep_alive = (*head)->keep_alive;
  exchange.terms.version = (*head)->version;
  exchange.terms.head_only = (*head)->method == Method::head;
  exchange.terms.conditions = Preconditions::of((*head)->headers);
  if ((*head)->method != Method::get) {
    exchange.terms.conditions.range.clear();  // RFC 9110 section 14.2: of GET alone.
  }
  exchange.origin = (*head)->headers.find("Origin").value_or("");
  exchange.accept = (*head)->headers.find("Accept").value_or("");
  exchange.method = (*head)->method_name;
  auto response = co_await answer(exchange, *std::move(*head));
  co_return co_await finish(exchange, std::move(response));
}

Awaitable<bool> Session::wait_for_request() {
  if (input_.size() > 0) {
    co_return true;
  }
  if (input_.capacity() > 4 * head_read_bytes) {
    input_.shrink_to_fit();  // Idle connections are many; an upload's buffer is not theirs.
  }
  if (context_.stopping) {
    co_return false;
  }
  const auto& deadlines = context_.options.deadlines;
  const auto patience = requests_ == 0 ? deadlines.header : deadlines.keep_alive_idle;
  const auto free = input_.prepare(head_read_bytes);
  idle_ = true;
  const auto count = co_await transport_->read_some({static_cast<char*>(free.data()), free.size()},
                                                    after(patience));
  idle_ = false;
  input_.commit(count.value_or(0));
  co_return count.value_or(0) > 0;
}

Awaitable<OrRefusal<std::optional<RequestHead>>> Session::read_head(RequestParser& parser) {
  const auto deadline = after(context_.options.deadlines.header);
  while (true) {
    const auto progress = parser.parse_head(text_of(input_));
    if (!progress) {
      co_return tl::unexpected<Refusal>(progress.error());
    }
    input_.consume(progress->consumed);
    if (progress->done) {
      co_return parser.take_head();
    }
    const auto free = input_.prepare(std::min(head_read_bytes, input_.max_size() - input_.size()));
    const auto count =
        co_await transport_->read_some({static_cast<char*>(free.data()), free.size()}, deadline);
    if (!count && count.error().code == ErrorCode::timed_out) {
      co_return refuse(408, "the request header did not arrive in time");
    }
    if (count.value_or(0) == 0) {
      co_return std::nullopt;
    }
    input_.commit(*count);
  }
}

Awaitable<Response> Session::answer(Exchange& exchange, RequestHead head) {
  if (auto refusal = open_body(exchange, head)) {
    co_return refuse_with(*refusal);
  }
  auto target = parse_target(head.target, context_.options.optional_prefix);
  if (!target) {
    co_return refuse_with({400, "the URL has a broken %-escape or is not a path"});
  }
  exchange.path = target->path;
  std::string problem;
  try {
    co_return co_await dispatch(exchange, std::move(head), std::move(*target));
  } catch (const std::exception& error) {
    problem = error.what();
  } catch (...) {
    problem = "an exception of unknown type";
  }
  // Only the log gets the text: third-party exceptions hold file names and bound values.
  const auto& request_id = exchange.terms.request_id;
  log::error("http",
             "a handler threw: " + problem,
             {{"request_id", request_id}, {"route", exchange.route}});
  co_return refuse_with(
      {500, fmt::format("internal error; the server's log has it under {}", request_id)});
}

Awaitable<Response> Session::dispatch(Exchange& exchange, RequestHead head, Target target) {
  const bool is_guarded = context_.guard && head.method != Method::options;
  Visitor visitor = is_guarded ? visitor_of(head, target) : Visitor();
  if (is_guarded) {
    auto refusal = co_await context_.guard(visitor);
    if (refusal) {
      co_return std::move(*refusal);
    }
  }
  auto outcome = find_route(head.method, target.raw_path);
  if (auto* response = std::get_if<Response>(&outcome)) {
    co_return std::move(*response);
  }
  auto& match = std::get<Router::Match>(outcome);
  exchange.note_route(match);
  if (const auto status = exchange.body->limit_to(match.route->body_limit); !status) {
    co_return refuse_with({413, status.error().message});
  }
  Request request{.method = *head.method,
                  .path = std::move(target.path),
                  .query = std::move(target.query),
                  .headers = std::move(head.headers),
                  .path_parameters = std::move(match.path_parameters),
                  .request_id = exchange.terms.request_id,
                  .trace_id = exchange.trace_id,
                  .peer = peer_,
                  .body = &*exchange.body};
  auto response = co_await match.route->handler(std::move(request));
  if (head.method == Method::options) {
    allow_methods(context_.router.allowed(target.raw_path).value_or(""), response.headers);
  }
  if (auto* stream = std::get_if<StreamBody>(&response.body); stream != nullptr && is_guarded) {
    *stream = guarded(std::move(visitor), std::move(*stream));
  }
  co_return response;
}

StreamBody Session::guarded(Visitor visitor, StreamBody body) const {
  // A stream may go on for days, and its reader may lose access meanwhile.
  const auto interval = context_.options.guard_interval;
  auto next =
      [&guard = context_.guard,
       visitor = std::move(visitor),
       next = std::move(body.next),
       interval,
       due = after(interval)](std::span<char> buffer) mutable -> Awaitable<Result<std::size_t>> {
    if (std::chrono::steady_clock::now() >= due) {
      due = after(interval);
      const auto refusal = co_await guard(visitor);
      if (refusal) {
        co_return fail(ErrorCode::unauthorized, "the reader's access has ended");
      }
    }
    co_return co_await next(buffer);
  };
  return {.next = std::move(next), .buffer_bytes = body.buffer_bytes};
}

std::optional<Refusal> Session::open_body(Exchange& exchange, const RequestHead& head) {
  const auto framing = check_framing(head);
  if (!framing || !has_valid_host(head)) {
    // Where this request ends is uncertain, so nothing after it can be trusted.
    exchange.terms.keep_alive = false;
    return framing ? Refusal{400, "exactly one Host field is needed"} : framing.error();
  }
  const auto expecting = expects_continue(head);
  exchange.body.emplace(*transport_,
                        input_,
                        exchange.parser,
                        RequestBody::Options{.framing = *framing,
                                             .expects_continue = expecting.value_or(true),
                                             .idle = context_.options.deadlines.body_idle});
  return expecting ? std::nullopt : std::optional(expecting.error());
}

std::variant<Router::Match, Response> Session::find_route(std::optional<Method> method,
                                                          const std::string& raw_path) const {
  auto outcome = method ? context_.router.find(*method, raw_path) : Router::Outcome();
  if (auto* match = std::get_if<Router::Match>(&outcome); method && match != nullptr) {
    return std::move(*match);
  }
  const auto allow = context_.router.allowed(raw_path);
  if (!allow) {
    return refuse_with({404, "no such path"});
  }
  if (method == Method::options) {
    return options_reply(*allow);
  }
  auto response = refuse_with({405, "this path allows " + *allow});
  response.headers.set("Allow", *allow);
  return response;
}

Awaitable<bool> Session::finish(Exchange& exchange, Response response) {
  const bool body_read = exchange.body && exchange.body->is_nearly_read();
  auto& terms = exchange.terms;
  terms.keep_alive = terms.keep_alive && body_read && !context_.stopping;
  terms.adapt = [this, &exchange](Response& reply) { adapt(exchange, reply); };
  adapt(exchange, response);
  if (std::holds_alternative<StreamBody>(response.body) && input_.size() == 0) {
    input_.shrink_to_fit();  // Followers of events are many, and idle for long.
  }
  const Sent sent = co_await send_reply(context_, *transport_, std::move(response), terms);
  log_exchange(exchange, sent);
  if (sent.connection_usable) {
    const Status skipped = co_await exchange.body->skip_rest();
    co_return skipped.has_value();
  }
  if (!body_read) {
    co_await let_client_read();
  }
  co_return false;
}

/// Form and fields that a reply has whoever made it.
void Session::adapt(const Exchange& exchange, Response& response) const {
  const auto& adapt_failure = context_.options.adapt_failure;
  if (adapt_failure && response.status >= 400) {
    adapt_failure(exchange.path, exchange.accept, response);
  }
  allow_origin(context_.options.cors_origins, exchange.origin, response.headers);
}

Awaitable<void> Session::let_client_read() {
  // Closing with unread bytes resets the connection, and the client, still sending, would never
  // see why it was refused.
  transport_->shutdown_send();
  const auto deadline = after(context_.options.deadlines.linger);
  std::string scratch(64 * limits::kib, '\0');
  // A read that need not wait never times out, so the deadline is looked at here, too.
  while (std::chrono::steady_clock::now() < deadline) {
    const auto count = co_await transport_->read_some(scratch, deadline);
    if (count.value_or(0) == 0) {
      co_return;
    }
  }
}

Response Session::refuse_with(const Refusal& refusal) const {
  return context_.render_error(refusal.status, refusal.message);
}

void Session::log_exchange(const Exchange& exchange, const Sent& sent) const {
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - exchange.start;
  if (const auto& on_reply = context_.options.on_reply) {
    on_reply({.method = exchange.route_method,
              .route = exchange.route,
              .status = sent.status,
              .received_bytes = exchange.body ? exchange.body->received() : 0,
              .sent_bytes = sent.body_bytes,
              .duration = time});
  }
  const auto& mask = context_.options.loggable_path;
  Json line = object_with_room_for(10);
  append_member(line, "request_id", exchange.terms.request_id);
  append_member(line, "method", exchange.method);
  append_member(line, "route", exchange.route);
  append_member(line, "path", mask ? mask(exchange.path) : exchange.path);
  append_member(line, "status", sent.status);
  append_member(line, "bytes", sent.body_bytes);
  append_member(line, "ms", std::round(time.count() * 1e6) / 1e3);
  append_member(line, "user", exchange.user);
  append_member(line, "peer", peer_);
  if (!exchange.trace_id.empty()) {
    line["trace_id"] = exchange.trace_id;
  }
  log::info("http", "request", line);
}

}  // namespace athanor::http::detail
