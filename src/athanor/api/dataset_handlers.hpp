#pragma once

#include <vector>

#include "athanor/api/services.hpp"
#include "athanor/http/route.hpp"

namespace athanor::api {

/// Operations 1.1 to 1.7: the dataset records and their upload.
void add_dataset_routes(std::vector<http::Route>& routes, Services& services);

}  // namespace athanor::api
