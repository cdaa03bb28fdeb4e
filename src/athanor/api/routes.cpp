#include "athanor/api/routes.hpp"

#include <memory>
#include <string>
#include <utility>

#include "athanor/api/api_reference.hpp"
#include "athanor/api/artifact_handlers.hpp"
#include "athanor/api/auth_handlers.hpp"
#include "athanor/api/dataset_handlers.hpp"
#include "athanor/api/job_handlers.hpp"
#include "athanor/api/job_preflight.hpp"
#include "athanor/api/metrics_handler.hpp"
#include "athanor/api/model_handlers.hpp"
#include "athanor/api/observation_handlers.hpp"
#include "athanor/api/openapi.hpp"
#include "athanor/api/pretrained_handlers.hpp"
#include "athanor/api/resumable_handlers.hpp"
#include "athanor/api/route_docs.hpp"
#include "athanor/api/spec_handlers.hpp"
#include "athanor/api/system_handlers.hpp"

namespace athanor::api {

namespace {

http::Route document_route(std::string pattern, std::string operation, std::string content_type) {
  auto route = new_route(
      http::Method::get, std::move(pattern), std::move(operation), "SYSTEM", "This document");
  route.replies = {{200, "OpenAPI 3.0.3", std::move(content_type), {{"type", "object"}}}};
  return route;
}

void serve_text(http::Route& route, std::string text) {
  route.handler = [type = route.replies.front().content_type,
                   text = std::move(text)](http::Request) -> Awaitable<http::Response> {
    http::Response response;
    response.headers.set("Content-Type", type);
    response.body = text;
    co_return response;
  };
}

http::Route page_route(std::string pattern, std::string operation) {
  auto route = new_route(http::Method::get,
                         std::move(pattern),
                         std::move(operation),
                         "SYSTEM",
                         "This document as a page, with a form to try each operation");
  route.replies = {{200, "A page", "text/html", {{"type", "string"}}}};
  route.handler = [](http::Request) -> Awaitable<http::Response> {
    http::Response response;
    response.headers.set("Content-Type", "text/html; charset=utf-8");
    // The page may talk to this server alone.
    response.headers.set("Content-Security-Policy",
                         "default-src 'none'; connect-src 'self'; style-src 'unsafe-inline'; "
                         "script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
                         "frame-ancestors 'none'");
    response.body = std::string(api_reference());
    co_return response;
  };
  return route;
}

}  // namespace

std::vector<http::Route> all_routes(Services& services) {
  std::vector<http::Route> routes;
  add_system_routes(routes, services);
  add_metrics_route(routes, services);
  add_auth_routes(routes, services);
  add_dataset_routes(routes, services);
  add_resumable_routes(routes, services);
  add_spec_routes(routes, services, store::OwnerKind::dataset);
  add_job_routes(routes, services, store::OwnerKind::dataset);
  add_artifact_routes(routes, services, store::OwnerKind::dataset);
  add_observation_routes(routes, services, store::OwnerKind::dataset);
  add_preflight_route(routes, services, store::OwnerKind::dataset);
  add_model_routes(routes, services);
  add_spec_routes(routes, services, store::OwnerKind::model);
  add_job_routes(routes, services, store::OwnerKind::model);
  add_artifact_routes(routes, services, store::OwnerKind::model);
  add_observation_routes(routes, services, store::OwnerKind::model);
  add_preflight_route(routes, services, store::OwnerKind::model);
  add_pretrained_routes(routes, services);
  add_user_event_route(routes, services);

  routes.push_back(page_route("/redoc", "redoc"));
  routes.push_back(page_route("/swagger", "swagger"));
  routes.push_back(document_route("/openapi.json", "openapi_json", "application/json"));
  routes.push_back(document_route("/openapi.yaml", "openapi_yaml", "text/x-yaml"));
  // JSON is YAML 1.2, so one text serves both.
  const auto document = to_pretty_text(openapi_document(routes)) + "\n";
  serve_text(routes[routes.size() - 2], document);
  serve_text(routes[routes.size() - 1], document);
  return routes;
}

}  // namespace athanor::api
