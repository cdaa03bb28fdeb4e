#pragma once

#include <vector>

#include "athanor/api/services.hpp"
#include "athanor/http/route.hpp"
#include "athanor/store/records.hpp"

namespace athanor::api {

/// Operations 1.12 to 1.17, 2.11 to 2.15 and 2.17: the jobs of a dataset or a model.
void add_job_routes(std::vector<http::Route>& routes, Services& services, store::OwnerKind kind);

}  // namespace athanor::api
