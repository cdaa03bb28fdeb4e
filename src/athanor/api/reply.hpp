#pragma once

#include <string>

#include "athanor/core/error.hpp"
#include "athanor/core/json.hpp"
#include "athanor/http/message.hpp"

namespace athanor::api {

/// The HTTP status of a kind of failure; `error_code` in the envelope is the same number.
[[nodiscard]] int http_status(ErrorCode code);

/// Compact JSON with a trailing newline, as the original sends it.
[[nodiscard]] http::Response json_reply(int status, const Json& body);

/// The envelope {"error_desc", "error_code"}.
[[nodiscard]] http::Response error_reply(int status, const std::string& description);
[[nodiscard]] http::Response error_reply(const Error& error);

}  // namespace athanor::api
