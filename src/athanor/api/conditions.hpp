#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "athanor/api/call.hpp"

/// Entity tags and conditional requests (RFC 9110 section 13) of records, specs and jobs.
namespace athanor::api {

/// The tag of a record as it is sent. It has one part for the record itself and one for its jobs,
/// which change by themselves.
[[nodiscard]] std::string record_tag(const Json& record);

/// The tag of a spec or job: that of its text.
[[nodiscard]] std::string text_tag(std::string_view text);

/// The reply with its tag, or 304 where a client that reads has this copy already.
[[nodiscard]] http::Response tagged(const Call& call, http::Response reply, std::string tag);

/// `outdated` unless If-Match and If-None-Match allow to change what has this tag now (nullopt:
/// what is not there yet). Of a record's tag the part of the record itself is compared.
[[nodiscard]] Status check_conditions(const Call& call, const std::optional<std::string>& tag);

}  // namespace athanor::api
