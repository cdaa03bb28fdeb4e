#pragma once

#include <vector>

#include "athanor/api/services.hpp"
#include "athanor/http/route.hpp"

namespace athanor::api {

/// The routes beside the 34 operations: indexes and health (contract 1.2).
void add_system_routes(std::vector<http::Route>& routes, Services& services);

}  // namespace athanor::api
