#pragma once

#include <vector>

#include "athanor/api/services.hpp"
#include "athanor/http/route.hpp"

namespace athanor::api {

/// Operations 2.1 to 2.6: the model records.
void add_model_routes(std::vector<http::Route>& routes, Services& services);

}  // namespace athanor::api
