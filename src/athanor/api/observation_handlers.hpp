#pragma once

#include <vector>

#include "athanor/api/services.hpp"
#include "athanor/http/route.hpp"
#include "athanor/store/records.hpp"

namespace athanor::api {

/// What can be watched of the jobs of a dataset or a model: logs and events.
void add_observation_routes(std::vector<http::Route>& routes,
                            Services& services,
                            store::OwnerKind kind);

/// The events of all jobs of a user.
void add_user_event_route(std::vector<http::Route>& routes, Services& services);

}  // namespace athanor::api
