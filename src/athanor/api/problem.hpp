#pragma once

#include <string_view>

#include "athanor/http/message.hpp"

namespace athanor::api {

/// Makes application/problem+json (RFC 9457) of a reply with the error envelope, whose two keys
/// stay, where the request's Accept field names that type.
void offer_problem(std::string_view accept, http::Response& reply);

}  // namespace athanor::api
