#include "athanor/api/auth_handlers.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "athanor/api/guard.hpp"
#include "athanor/api/reply.hpp"
#include "athanor/api/route_docs.hpp"
#include "athanor/http/router.hpp"

namespace athanor::api {

namespace {

http::Response login_reply(const auth::Login& login) {
  switch (login.outcome) {
    case auth::Login::Outcome::granted:
      return json_reply(200, {{"user_id", login.user.to_string()}, {"token", login.token}});
    case auth::Login::Outcome::refused:
      return with_challenge(json_reply(401, Json::object()));
    case auth::Login::Outcome::put_off:
      break;
  }
  const auto seconds = std::to_string(login.retry_after.count());
  auto reply = error_reply(
      429, fmt::format("too many logins: try again in {} s", login.retry_after.count()));
  reply.headers.set("Retry-After", seconds);
  return reply;
}

Awaitable<http::Response> log_in(auth::Authority& authority,
                                 Secret<std::string> key,
                                 std::string peer) {
  const auto login = co_await authority.log_in(std::move(key), std::move(peer));
  auto reply = login ? login_reply(*login) : error_reply(login.error());
  reply.headers.set("Cache-Control", "no-store");
  co_return reply;
}

Awaitable<Result<Secret<std::string>>> read_key(http::BodyReader& body) {
  ATHANOR_CO_TRY(const auto text, co_await http::read_all(body, limits::login_body_bytes));
  const auto json = parse_json(text);
  if (!json || !json->is_object() || !json->contains("ngc_api_key") ||
      !json->at("ngc_api_key").is_string()) {
    co_return fail(
        ErrorCode::invalid_argument,
        "the body must be JSON with the API key as text: {\"ngc_api_key\": \"ath_...\"}");
  }
  co_return Secret(json->at("ngc_api_key").get<std::string>());
}

/// Who logs in, behind proxies of ours too.
std::string client_of(const Services& services, const http::Request& request) {
  return services.proxies.client_of(request.peer, request.headers.joined("X-Forwarded-For"));
}

void add_login_replies(http::Route& route) {
  const Json text = {{"type", "string"}};
  route.replies = {
      {200,
       "The key's user and a token for it",
       "application/json",
       {{"type", "object"},
        {"required", {"user_id", "token"}},
        {"properties", {{"user_id", {{"type", "string"}, {"format", "uuid"}}}, {"token", text}}}}},
      {401, "No such key", "application/json", {{"type", "object"}}},
      error_doc(429)};
}

http::Route login_by_path(Services& services) {
  auto route = new_route(http::Method::get,
                         "/api/v1/login/{key}",
                         "login",
                         "SYSTEM",
                         "Trade an API key for a token; POST keeps the key out of addresses");
  route.path_parameters = {{"key", "API key", {{"type", "string"}}}};
  add_login_replies(route);
  route.handler = [&services](http::Request request) -> Awaitable<http::Response> {
    Secret key(request.path_parameter("key"));
    auto client = client_of(services, request);
    co_return co_await log_in(services.authority, std::move(key), std::move(client));
  };
  return route;
}

http::Route login_by_body(Services& services) {
  auto route = new_route(http::Method::post,
                         "/api/v1/login",
                         "login_with_body",
                         "SYSTEM",
                         "Trade an API key for a token");
  route.request_schema = {{"type", "object"},
                          {"required", Json::array({"ngc_api_key"})},
                          {"properties", {{"ngc_api_key", {{"type", "string"}}}}}};
  route.body_limit = limits::login_body_bytes;
  add_login_replies(route);
  route.replies.push_back(error_doc(400));
  route.handler = [&services](http::Request request) -> Awaitable<http::Response> {
    auto key = co_await read_key(*request.body);
    if (!key) {
      co_return error_reply(key.error());
    }
    auto client = client_of(services, request);
    co_return co_await log_in(services.authority, std::move(*key), std::move(client));
  };
  return route;
}

/// The user of an address such as "https://host/default/api/v1/user/<id>/model?size=2".
std::optional<std::string> user_in_url(std::string_view url) {
  if (const auto scheme = url.find("://"); scheme != url.npos) {
    url.remove_prefix(scheme + 3);
    url.remove_prefix(std::min(url.find('/'), url.size()));
  }
  auto segments = http::path_segments(url.substr(0, url.find_first_of("?#")));
  if (!segments) {
    return std::string();  // A broken address is nobody's.
  }
  std::erase(*segments, "");  // Doubled slashes count as one.
  return user_in(*segments);
}

Awaitable<http::Response> answer_ingress(auth::Authority& authority, http::Request request) {
  const std::string authorization(request.headers.find("Authorization").value_or(""));
  const auto user = co_await authority.user_of(authorization);
  if (!user) {
    co_return error_reply(user.error());
  }
  if (!*user) {
    co_return with_challenge(json_reply(401, Json::object()));
  }
  const auto wanted = user_in_url(request.headers.find("X-Original-Url").value_or(""));
  if (wanted && Uuid::parse(*wanted) != *user) {
    co_return json_reply(403, Json::object());
  }
  co_return json_reply(200, {{"user_id", (*user)->to_string()}});
}

http::Route auth_route(Services& services) {
  auto route = new_route(http::Method::get,
                         "/api/v1/auth",
                         "auth",
                         "SYSTEM",
                         "For an ingress: may this token have the address in X-Original-Url?");
  const Json object = {{"type", "object"}};
  route.replies = {{200, "It may; whose it is", "application/json", object},
                   {401, "No valid token", "application/json", object},
                   {403, "The address is another user's", "application/json", object}};
  route.handler = [&services](http::Request request) {
    return answer_ingress(services.authority, std::move(request));
  };
  return route;
}

}  // namespace

void add_auth_routes(std::vector<http::Route>& routes, Services& services) {
  routes.push_back(login_by_path(services));
  routes.push_back(login_by_body(services));
  routes.push_back(auth_route(services));
}

}  // namespace athanor::api
