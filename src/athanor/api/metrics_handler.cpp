#include "athanor/api/metrics_handler.hpp"

#include <memory>

#include "athanor/api/call.hpp"
#include "athanor/api/job_counts.hpp"
#include "athanor/api/metrics.hpp"
#include "athanor/api/reply.hpp"
#include "athanor/api/route_docs.hpp"

namespace athanor::api {

namespace {

constexpr const char* text_format = "text/plain; version=0.0.4; charset=utf-8";

Result<http::Response> get_metrics(Services& services, const Call& call, JobCounts& counts) {
  if (!may_read_metrics(call.request)) {
    return fail(ErrorCode::forbidden,
                "metrics are read from the server's own machine: scrape 127.0.0.1 there");
  }
  ATHANOR_TRY(auto jobs, counts.get());
  http::Response response;
  response.headers.set("Content-Type", text_format);
  response.body = services.metrics.text({.jobs = std::move(jobs),
                                         .event_stream_clients = services.stream_seats.taken(),
                                         .job_slots = services.supervisor.options().slots});
  return response;
}

}  // namespace

bool may_read_metrics(const http::Request& request) {
  const bool forwarded = request.headers.find("X-Forwarded-For").has_value() ||
                         request.headers.find("Forwarded").has_value();
  const auto& peer = request.peer;
  const bool local = peer.starts_with("127.") || peer == "::1" || peer.starts_with("::ffff:127.");
  return local && !forwarded;
}

void add_metrics_route(std::vector<http::Route>& routes, Services& services) {
  auto route =
      new_route(http::Method::get, "/metrics", "get_metrics", "SYSTEM", "Metrics for Prometheus");
  route.replies = {{200, "Text format 0.0.4", text_format, {{"type", "string"}}}, error_doc(403)};
  const auto counts =
      std::make_shared<JobCounts>([&services] { return services.store.jobs().counts(); });
  route.handler = blocking(services, [counts](Services& all, const Call& call) {
    return get_metrics(all, call, *counts);
  });
  routes.push_back(std::move(route));
}

}  // namespace athanor::api
