#pragma once

#include <vector>

#include "athanor/api/services.hpp"
#include "athanor/http/route.hpp"
#include "athanor/store/records.hpp"

namespace athanor::api {

/// Operations 1.8 to 1.11 and 2.7 to 2.10: schemas and saved specs of a dataset or a model.
void add_spec_routes(std::vector<http::Route>& routes, Services& services, store::OwnerKind kind);

}  // namespace athanor::api
