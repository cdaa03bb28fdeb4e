#include <algorithm>
#include <string>
#include <string_view>

#include "target.hpp"

#include "athanor/api/list_query.hpp"
#include "athanor/auth/loggable_path.hpp"
#include "athanor/http/detail/target.hpp"
#include "athanor/http/router.hpp"

namespace athanor::fuzz {

/// The input stands between method and version of a request.
void request_target(std::string_view input) {
  const auto is_control = [](unsigned char c) { return c <= ' ' || c == 0x7f; };
  if (std::any_of(input.begin(), input.end(), is_control)) {
    return;  // No such target gets past the header's parser.
  }
  const auto target = http::detail::parse_target(input, "default");
  if (!target) {
    return;
  }
  require(target->raw_path.starts_with('/'), "a path begins with a slash");
  require(target->raw_path.find("//") == std::string::npos, "doubled slashes are one");
  require(target->path.find('\0') == std::string::npos, "no path holds NUL");
  require(http::path_segments(target->raw_path).has_value(), "the router can read every path");
  require(!auth::loggable_path(target->path).empty(), "every path can be logged");

  const auto again = http::detail::parse_target(target->raw_path, "");
  require(again && again->raw_path == target->raw_path && again->path == target->path,
          "a path that was read is read as the same");

  http::Request request;
  request.query = target->query;
  const auto list = api::parse_list_query(request);
  require(list.skip <= 1ULL << 62 && list.size.value_or(0) <= 1ULL << 62,
          "a database can count what is asked for");
}

}  // namespace athanor::fuzz
