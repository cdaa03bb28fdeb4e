#pragma once

#include <ctime>
#include <string>

namespace athanor::http::detail {

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7).
[[nodiscard]] std::string http_date(std::time_t time);

/// The present second in that form; made once per second and thread.
[[nodiscard]] const std::string& http_date_now();

}  // namespace athanor::http::detail
