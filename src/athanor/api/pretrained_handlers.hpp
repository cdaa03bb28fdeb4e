#pragma once

#include <vector>

#include "athanor/api/services.hpp"
#include "athanor/http/route.hpp"

namespace athanor::api {

/// Pretrained models, which all users share: everybody may list them, administrators add and
/// remove.
void add_pretrained_routes(std::vector<http::Route>& routes, Services& services);

}  // namespace athanor::api
