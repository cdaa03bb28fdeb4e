#pragma once

#include <string>

#include "athanor/http/message.hpp"

/// What clients say to find their requests again in our log.
namespace athanor::http::detail {

/// X-Request-Id, if it has 1 to limits::request_id_bytes characters of A-Z a-z 0-9 . _ ~ + / = : -
/// and comes once; else empty.
[[nodiscard]] std::string wanted_request_id(const Headers& headers);

/// The trace's id of a traceparent field (W3C Trace Context), 32 hexadecimal digits; empty when
/// there is none or it is malformed.
[[nodiscard]] std::string trace_id(const Headers& headers);

}  // namespace athanor::http::detail
