#include "athanor/http/router.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/http/detail/target.hpp"

namespace athanor::http {

namespace {

constexpr std::array all_methods = {Method::get,
                                    Method::head,
                                    Method::post,
                                    Method::put,
                                    Method::patch,
                                    Method::delete_,
                                    Method::options};

/// "/a/b" gives "a", "b"; "/" gives none; "/a/" ends with an empty segment, which nothing matches.
std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> segments;
  if (path.starts_with('/')) {
    path.remove_prefix(1);
  }
  while (!path.empty()) {
    const auto slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) {
      break;
    }
    path.remove_prefix(slash + 1);
    if (path.empty()) {
      segments.push_back(path);
    }
  }
  return segments;
}

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

constexpr std::string_view rest_mark = "...}";

/// Whether it takes the rest of the path.
bool takes_rest(std::string_view segment) {
  return is_parameter(segment) && segment.ends_with(rest_mark);
}

}  // namespace

struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> parameter;
  std::unique_ptr<Node> rest;
  std::array<const Route*, all_methods.size()> routes{};

  [[nodiscard]] bool is_end() const {
    return std::any_of(routes.begin(), routes.end(), [](auto* route) { return route != nullptr; });
  }

  [[nodiscard]] const Route* route_for(Method method) const {
    const Route* route = routes[static_cast<std::size_t>(method)];
    return route == nullptr && method == Method::head ? route_for(Method::get) : route;
  }

  Node& child(std::string_view segment) {
    auto& slot = takes_rest(segment)     ? rest
                 : is_parameter(segment) ? parameter
                                         : literals[std::string(segment)];
    if (!slot) {
      slot = std::make_unique<Node>();
    }
    return *slot;
  }

  /// Calls `visit(node)` for every end that the segments lead to, literals first, until it
  /// returns true.
  template <class Visit>
  bool walk(const std::vector<std::string>& segments, std::size_t depth, const Visit& visit) const {
    if (depth == segments.size()) {
      return is_end() && visit(*this);
    }
    const auto found = literals.find(segments[depth]);
    if (found != literals.end() && found->second->walk(segments, depth + 1, visit)) {
      return true;
    }
    if (segments[depth].empty()) {
      return false;
    }
    return (parameter && parameter->walk(segments, depth + 1, visit)) || (rest && visit(*rest));
  }
};

namespace {

std::vector<std::pair<std::string, std::string>> bind_parameters(
    const Route& route, std::vector<std::string>& segments) {
  std::vector<std::pair<std::string, std::string>> parameters;
  const auto pattern = split(route.pattern);
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (takes_rest(pattern[i])) {
      parameters.emplace_back(
          pattern[i].substr(1, pattern[i].size() - 1 - rest_mark.size()),
          fmt::format(
              "{}",
              fmt::join(segments.begin() + static_cast<std::ptrdiff_t>(i), segments.end(), "/")));
    } else if (is_parameter(pattern[i])) {
      parameters.emplace_back(pattern[i].substr(1, pattern[i].size() - 2), std::move(segments[i]));
    }
  }
  return parameters;
}

}  // namespace

std::optional<std::vector<std::string>> path_segments(std::string_view path) {
  std::vector<std::string> segments;
  for (const auto raw : split(path)) {
    auto segment = detail::percent_decode(raw, detail::Plus::literal);
    if (!segment) {
      return std::nullopt;
    }
    segments.push_back(std::move(*segment));
  }
  return segments;
}

Router::Router(std::vector<Route> routes)
    : routes_(std::move(routes)), root_(std::make_unique<Node>()) {
  for (const auto& route : routes_) {
    Node* node = root_.get();
    for (const auto segment : split(route.pattern)) {
      node = &node->child(segment);
    }
    auto& slot = node->routes[static_cast<std::size_t>(route.method)];
    if (slot != nullptr) {
      throw std::invalid_argument(
          fmt::format("two routes for {} {}", name_of(route.method), route.pattern));
    }
    slot = &route;
  }
}

Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;
Router::~Router() = default;

Router::Outcome Router::find(Method method, std::string_view path) const {
  auto segments = path_segments(path);
  if (!segments) {
    return NoSuchPath{};
  }
  const Route* route = nullptr;
  root_->walk(*segments, 0, [&route, method](const Node& node) {
    route = node.route_for(method);
    return route != nullptr;
  });
  if (route != nullptr) {
    return Match{route, bind_parameters(*route, *segments)};
  }
  if (auto allow = allowed(path)) {
    return NoSuchMethod{std::move(*allow)};
  }
  return NoSuchPath{};
}

std::optional<std::string> Router::allowed(std::string_view path) const {
  std::array<bool, all_methods.size()> known{};
  const auto segments = path_segments(path);
  if (!segments) {
    return std::nullopt;
  }
  root_->walk(*segments, 0, [&known](const Node& node) {
    for (const auto method : all_methods) {
      known[static_cast<std::size_t>(method)] |= node.route_for(method) != nullptr;
    }
    return false;
  });
  if (std::none_of(known.begin(), known.end(), [](bool is) { return is; })) {
    return std::nullopt;
  }
  known[static_cast<std::size_t>(Method::options)] = true;
  std::string allow;
  for (const auto method : all_methods) {
    if (known[static_cast<std::size_t>(method)]) {
      allow.append(allow.empty() ? "" : ", ").append(name_of(method));
    }
  }
  return allow;
}

const std::vector<Route>& Router::routes() const {
  return routes_;
}

}  // namespace athanor::http
