#pragma once

#include <vector>

#include "athanor/api/services.hpp"
#include "athanor/http/route.hpp"

namespace athanor::api {

/// Uploads in pieces by the tus protocol 1.0 (creation, expiration, termination, checksum), for
/// archives of many gigabytes: a broken connection costs what was under way alone. Once all bytes
/// have come, the archive is taken in like one of operation 1.7, and the last PATCH answers what
/// that found.
void add_resumable_routes(std::vector<http::Route>& routes, Services& services);

}  // namespace athanor::api
