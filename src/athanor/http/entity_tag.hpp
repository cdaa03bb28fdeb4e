#pragma once

#include <functional>
#include <string_view>

/// Lists of entity tags, as If-Match and If-None-Match have them (RFC 9110 section 13).
namespace athanor::http {

/// Whether `matches(tag)` holds for one of the tags, which keep their quotes and "W/"; "*" stands
/// for every tag there may be and matches by itself.
[[nodiscard]] bool any_tag(std::string_view list,
                           const std::function<bool(std::string_view)>& matches);

/// A member of an If-None-Match list: weak comparison, so "W/" does not count.
[[nodiscard]] bool lists_tag(std::string_view list, std::string_view tag);

}  // namespace athanor::http
