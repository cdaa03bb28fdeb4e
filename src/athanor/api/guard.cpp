#include "athanor/api/guard.hpp"

#include <algorithm>
#include <array>

#include "athanor/api/reply.hpp"

namespace athanor::api {

namespace {

constexpr std::array<std::string_view, 3> user_path = {"api", "v1", "user"};

http::Response no_token_reply(bool has_authorization) {
  return with_challenge(error_reply(
      401,
      has_authorization
          ? "the token is not valid here (any more): log in again with POST /api/v1/login"
          : "this needs the header \"Authorization: Bearer <token>\": log in with POST "
            "/api/v1/login"));
}

Awaitable<std::optional<http::Response>> check_visitor(auth::Authority& authority,
                                                       http::Visitor visitor) {
  const auto& segments = visitor.segments;
  if (segments.size() <= user_path.size() ||
      !std::equal(user_path.begin(), user_path.end(), segments.begin())) {
    co_return std::nullopt;
  }
  const auto user = co_await authority.user_of(visitor.authorization);
  if (!user) {
    co_return error_reply(user.error());
  }
  if (!*user) {
    co_return no_token_reply(!visitor.authorization.empty());
  }
  const auto wanted = Uuid::parse(segments[user_path.size()]);
  if (!wanted) {
    co_return error_reply(400, "User ID in the path is not a valid UUID");
  }
  if (*wanted != **user) {
    co_return error_reply(403, "the token is not this user's: the path must hold its own user id");
  }
  co_return std::nullopt;
}

}  // namespace

http::Guard make_guard(auth::Authority& authority) {
  if (authority.mode() == auth::Mode::none) {
    return {};
  }
  return
      [&authority](http::Visitor visitor) { return check_visitor(authority, std::move(visitor)); };
}

std::optional<std::string> user_in(std::span<const std::string> segments) {
  const auto found =
      std::search(segments.begin(), segments.end(), user_path.begin(), user_path.end());
  if (segments.end() - found <= static_cast<std::ptrdiff_t>(user_path.size())) {
    return std::nullopt;
  }
  return found[user_path.size()];
}

http::Response with_challenge(http::Response reply) {
  reply.headers.set("WWW-Authenticate", "Bearer realm=\"athanor\"");
  return reply;
}

}  // namespace athanor::api
