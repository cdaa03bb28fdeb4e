#pragma once

#include <vector>

#include "athanor/api/services.hpp"
#include "athanor/http/route.hpp"

namespace athanor::api {

/// Logins, and the question of an ingress whose a token is (contract 1.2 and 1.3).
void add_auth_routes(std::vector<http::Route>& routes, Services& services);

}  // namespace athanor::api
