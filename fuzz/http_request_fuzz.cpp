#include <cstdint>
#include <cstdlib>
#include <memory>

#include "support/memory_transport.hpp"
#include "support/run_coroutine.hpp"

#include "athanor/core/log.hpp"
#include "athanor/http/detail/session.hpp"

namespace {

using namespace athanor::http;
using athanor::Awaitable;

Awaitable<Response> echo(Request request) {
  const auto body = co_await read_all(*request.body, 4096);
  Response response;
  response.status = body ? 200 : 400;
  response.body = body ? *body : body.error().message;
  response.headers.add("X-Echo", request.path);
  co_return response;
}

Route make_route(Method method, std::string pattern) {
  Route route;
  route.method = method;
  route.pattern = std::move(pattern);
  route.handler = echo;
  return route;
}

Response render_error(int status, const std::string& message) {
  // Nothing from outside may look like a bug of ours.
  if (status == 500) {
    std::abort();
  }
  Response response;
  response.status = status;
  response.body = message;
  return response;
}

std::unique_ptr<detail::ServerContext> make_context() {
  athanor::log::set_level(athanor::log::Level::error);
  auto context = std::make_unique<detail::ServerContext>();
  context->render_error = render_error;
  std::vector<Route> routes;
  routes.push_back(make_route(Method::get, "/a/{name}"));
  routes.push_back(make_route(Method::post, "/a/{name}/b"));
  context->router = Router(std::move(routes));
  return context;
}

}  // namespace

/// The bytes are all that a client sends on one connection.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto context = make_context();
  auto transport = std::make_shared<athanor::testing::MemoryTransport>(
      std::string(reinterpret_cast<const char*>(data), size));
  detail::Session session(*context, transport, "fuzz");
  athanor::testing::run_coroutine(session.run());
  if (!transport->output.empty() && !transport->output.starts_with("HTTP/1.1 ")) {
    std::abort();
  }
  return 0;
}
