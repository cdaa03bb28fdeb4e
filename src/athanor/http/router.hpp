#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "athanor/http/route.hpp"

namespace athanor::http {

/// Finds the route of a method and path. Immutable after construction, so it needs no lock.
class Router {
 public:
  struct Match {
    const Route* route;
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
  ~Router();

  [[nodiscard]] Outcome find(Method method, std::string_view path) const;

  [[nodiscard]] const std::vector<Route>& routes() const;

 private:
  struct Node;
  std::vector<Route> routes_;
  std::unique_ptr<Node> root_;
};

}  // namespace athanor::http
