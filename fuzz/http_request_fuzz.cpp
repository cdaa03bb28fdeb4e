#include <memory>
#include <string>
#include <string_view>

#include "support/memory_transport.hpp"
#include "support/run_coroutine.hpp"
#include "target.hpp"

#include "athanor/core/log.hpp"
#include "athanor/http/detail/session.hpp"

namespace athanor::fuzz {

namespace {

Awaitable<http::Response> echo(http::Request request) {
  const auto body = co_await http::read_all(*request.body, 4096);
  http::Response response;
  response.status = body ? 200 : 400;
  response.body = body ? *body : body.error().message;
  response.headers.add("X-Echo", std::to_string(request.path.size()));
  co_return response;
}

http::Route echo_route(http::Method method, std::string pattern) {
  http::Route route;
  route.method = method;
  route.pattern = std::move(pattern);
  route.handler = echo;
  return route;
}

http::Response shown_failure(int status, const std::string& message) {
  require(status != 500, "nothing from outside looks like a bug of ours");
  http::Response response;
  response.status = status;
  response.body = message;
  return response;
}

std::unique_ptr<http::detail::ServerContext> make_context() {
  log::set_level(log::Level::error);
  auto context = std::make_unique<http::detail::ServerContext>();
  context->render_error = shown_failure;
  std::vector<http::Route> routes;
  routes.push_back(echo_route(http::Method::get, "/a/{name}"));
  routes.push_back(echo_route(http::Method::post, "/a/{name}/b"));
  context->router = http::Router(std::move(routes));
  return context;
}

std::string replies_to(std::string_view bytes) {
  static const auto context = make_context();
  auto transport = std::make_shared<testing::MemoryTransport>(std::string(bytes));
  http::detail::Session session(*context, transport, "fuzz");
  testing::run_coroutine(session.run());
  return transport->output;
}

}  // namespace

/// The input is all that a client sends on one connection.
void http_request(std::string_view input) {
  const auto replies = replies_to(input);
  require(replies.empty() || replies.starts_with("HTTP/1.1 "), "a reply is HTTP");
}

}  // namespace athanor::fuzz
