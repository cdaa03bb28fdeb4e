#pragma once

#include <vector>

#include "athanor/api/services.hpp"
#include "athanor/http/route.hpp"

namespace athanor::api {

/// The one route table: routing, validation and the OpenAPI document come from it.
[[nodiscard]] std::vector<http::Route> all_routes(Services& services);

}  // namespace athanor::api
