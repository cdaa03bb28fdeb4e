#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "athanor/http/message.hpp"

namespace athanor::http::detail {

/// Lets scripts of an allowed origin read the reply; others get no such field and so no access.
void allow_origin(const std::vector<std::string>& allowed, std::string_view origin, Headers& reply);

/// Says in a reply to OPTIONS which methods the path has and which fields requests may carry: the
/// CORS preflight.
void allow_methods(const std::string& allow, Headers& reply);

/// The answer to OPTIONS of a path that has none of its own.
[[nodiscard]] Response options_reply(const std::string& allow);

}  // namespace athanor::http::detail
