#pragma once

#include <optional>
#include <span>
#include <string>

#include "athanor/auth/authority.hpp"
#include "athanor/http/server.hpp"

/// Who may do what, for all routes in one place.
namespace athanor::api {

/// Whatever lies at or below /api/v1/user/{user_id} needs a bearer token of that user: 401 without
/// a valid one, 403 with another user's. With Mode::none there is no guard.
[[nodiscard]] http::Guard make_guard(auth::Authority& authority);

/// The user id that a path names, as text, wherever in it "api/v1/user/<id>" stands.
[[nodiscard]] std::optional<std::string> user_in(std::span<const std::string> segments);

/// A reply with status 401 that says how to get in.
[[nodiscard]] http::Response with_challenge(http::Response reply);

}  // namespace athanor::api
