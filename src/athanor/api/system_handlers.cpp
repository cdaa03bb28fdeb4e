#include "athanor/api/system_handlers.hpp"

#include <string>
#include <utility>

#include "athanor/api/call.hpp"
#include "athanor/api/reply.hpp"
#include "athanor/api/route_docs.hpp"
#include "athanor/core/files.hpp"
#include "athanor/core/limits.hpp"
#include "athanor/core/log.hpp"

namespace athanor::api {

namespace {

http::Route index_route(std::string pattern, std::string operation, Json entries) {
  auto route = new_route(http::Method::get,
                         std::move(pattern),
                         std::move(operation),
                         "SYSTEM",
                         "What lies below this path");
  route.replies = {
      {200, "Names", "application/json", {{"type", "array"}, {"items", {{"type", "string"}}}}}};
  route.handler = [entries =
                       std::move(entries)](http::Request request) -> Awaitable<http::Response> {
    const auto call = parse_call(std::move(request));
    co_return call ? json_reply(200, entries) : error_reply(call.error());
  };
  return route;
}

/// The server is alive when it can still write to its data folder.
bool can_write(Services& services) {
  const auto probe = services.data_folder / "liveness";
  return write_file_atomic(probe, "OK\n").has_value();
}

/// It is ready when it also keeps records, can start workers and looks after the queue.
bool is_ready(Services& services) {
  struct Check {
    const char* what;
    Status status;
  };

  const bool beats = services.supervisor.silence() < limits::scheduler_silence;
  const Check checks[] = {
      {"store", services.store.check_writable()},
      {"executor", services.supervisor.check_executor()},
      {"scheduler",
       beats ? Status() : fail(ErrorCode::unavailable, "the scheduler has gone silent")}};
  for (const auto& check : checks) {
    if (!check.status) {
      log::warning(
          "api", "not ready", {{"check", check.what}, {"error", check.status.error().message}});
      return false;
    }
  }
  return can_write(services);
}

using HealthCheck = bool (*)(Services& services);

http::Route health_route(Services& services, std::string_view name, HealthCheck check) {
  auto route = new_route(http::Method::get,
                         "/api/v1/health/" + std::string(name),
                         "health_" + std::string(name),
                         "SYSTEM",
                         "Whether the server works");
  route.replies = {{201, "It does", "application/json", {{"type", "string"}}},
                   {400, "It does not", "application/json", {{"type", "string"}}}};
  route.handler = blocking(services, [check](Services& all, const Call&) -> Result<http::Response> {
    return check(all) ? json_reply(201, "OK") : json_reply(400, "Error");
  });
  return route;
}

http::Route user_list_route() {
  auto route = new_route(
      http::Method::get, "/api/v1/user", "list_users", "SYSTEM", "Listing users is forbidden");
  route.replies = {error_doc(403)};
  route.handler = [](http::Request) -> Awaitable<http::Response> {
    // The one error code that is not the status: clients know it as 1.
    co_return json_reply(403, {{"error_desc", "Listing users is forbidden"}, {"error_code", 1}});
  };
  return route;
}

}  // namespace

void add_system_routes(std::vector<http::Route>& routes, Services& services) {
  routes.push_back(
      index_route("/", "index", {"api", "openapi.yaml", "openapi.json", "redoc", "swagger"}));
  routes.push_back(index_route("/api", "api_index", Json::array({"v1"})));
  routes.push_back(index_route("/api/v1", "api_v1_index", {"login", "user", "auth", "health"}));
  routes.push_back(index_route("/api/v1/health", "health_index", {"liveness", "readiness"}));
  auto user = index_route("/api/v1/user/{user_id}", "user_index", {"dataset", "model"});
  user.path_parameters = {id_parameter("user_id")};
  user.replies.push_back(error_doc(400));
  routes.push_back(std::move(user));
  routes.push_back(user_list_route());
  routes.push_back(health_route(services, "liveness", can_write));
  routes.push_back(health_route(services, "readiness", is_ready));
}

}  // namespace athanor::api
