#pragma once

#include <vector>

#include "athanor/api/services.hpp"
#include "athanor/http/route.hpp"

namespace athanor::api {

/// Whether a request for metrics comes from this machine itself, and not through a proxy on it.
/// Everybody else needs the proxy's leave: metrics tell what runs here, if not whose it is.
[[nodiscard]] bool may_read_metrics(const http::Request& request);

/// GET /metrics.
void add_metrics_route(std::vector<http::Route>& routes, Services& services);

}  // namespace athanor::api
