#pragma once

#include <vector>

#include "athanor/core/json.hpp"
#include "athanor/http/route.hpp"

namespace athanor::api {

/// The OpenAPI 3.0.3 document of a route table.
[[nodiscard]] Json openapi_document(const std::vector<http::Route>& routes);

}  // namespace athanor::api
