#pragma once

#include <string>
#include <string_view>

namespace athanor::http {

/// One server-sent event as it goes over the wire (HTML standard, section 9.2.6). Lines of `data`
/// may end in LF, CR or both. `id` and `type` have no line ends; empty ones are left out.
[[nodiscard]] std::string event_text(std::string_view id,
                                     std::string_view type,
                                     std::string_view data);

/// What clients are told when the server stops: come back, nothing is lost.
[[nodiscard]] std::string shutdown_event();

/// A comment that keeps the connection in use.
inline constexpr std::string_view heartbeat_text = ":\n\n";

}  // namespace athanor::http
