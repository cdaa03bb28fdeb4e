#pragma once

#include <string>
#include <vector>

#include "athanor/api/services.hpp"
#include "athanor/http/route.hpp"
#include "athanor/store/records.hpp"

namespace athanor::api {

/// A job's artifacts one by one: their list, and each with range support. Routes of our own.
void add_artifact_routes(std::vector<http::Route>& routes,
                         Services& services,
                         store::OwnerKind kind);

}  // namespace athanor::api
