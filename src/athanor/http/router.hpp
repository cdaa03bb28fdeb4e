#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "athanor/http/route.hpp"

namespace athanor::http {

/// The segments of a path that is still percent-encoded, each decoded on its own, as routes see
/// them; nullopt for a broken escape.
[[nodiscard]] std::optional<std::vector<std::string>> path_segments(std::string_view path);

/// Finds the route of a method and path. Immutable after construction, so it needs no lock.
class Router {
 public:
  struct Match {
    const Route* route = nullptr;
    std::vector<std::pair<std::string, std::string>> path_parameters;
  };

  struct NoSuchPath {};

  /// The path exists, but not for this method; `allow` is the Allow header.
  struct NoSuchMethod {
    std::string allow;
  };

  using Outcome = std::variant<Match, NoSuchPath, NoSuchMethod>;

  /// Throws std::invalid_argument on two routes with one method and pattern (a bug of ours).
  explicit Router(std::vector<Route> routes);
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;
  ~Router();

  /// `path` is still percent-encoded, so that %2F stays inside its segment. Literal segments win
  /// over parameters; HEAD falls back to GET.
  [[nodiscard]] Outcome find(Method method, std::string_view path) const;

  /// The Allow header of a path, or nullopt where there is none.
  [[nodiscard]] std::optional<std::string> allowed(std::string_view path) const;

  [[nodiscard]] const std::vector<Route>& routes() const;

 private:
  struct Node;
  std::vector<Route> routes_;
  std::unique_ptr<Node> root_;
};

}  // namespace athanor::http
