#pragma once

#include <string>
#include <vector>

#include "athanor/http/route.hpp"

/// Shorthands for route tables: what the operations' parameters and replies have in common.
namespace athanor::api {

/// A path parameter that is a UUID.
[[nodiscard]] http::ParameterDoc id_parameter(const std::string& name);

/// skip, size and sort by `sorts`, in the order of the API's document.
[[nodiscard]] std::vector<http::ParameterDoc> paging_parameters(
    const std::vector<std::string>& sorts);

/// A route with its head filled in; the caller adds parameters, bodies, replies and the handler.
[[nodiscard]] http::Route new_route(http::Method method,
                                    std::string pattern,
                                    std::string operation_id,
                                    std::string tag,
                                    std::string summary);

/// Documents the entity tag of the route's good replies; called when the replies are set.
void add_entity_tag(http::Route& route);

/// Documents entity tags and the conditions on them, which the handler heeds (conditions.hpp);
/// called when the route's method and replies are set.
void add_conditions(http::Route& route);

/// Documents what http::FileBody heeds: ranges, and the tags of copies that the client has. Called
/// when the reply with the whole file is the last one.
void add_file_conditions(http::Route& route);

/// Where a stream of events goes on.
[[nodiscard]] http::ParameterDoc last_event_parameter();

/// Documents the Idempotency-Key, which the handler heeds (blocking_once).
void add_idempotency(http::Route& route);

/// The 200 of a list of `name` with its X-Pagination-Total.
[[nodiscard]] http::ReplyDoc page_doc(std::string description, const std::string& name);

/// A reply with the error envelope.
[[nodiscard]] http::ReplyDoc error_doc(int status);

}  // namespace athanor::api
