#include "athanor/cli/key_value.hpp"

#include <fmt/format.h>

namespace athanor::cli {

namespace {

bool has_empty_step(std::string_view path) {
  return path.empty() || path.front() == '.' || path.back() == '.' ||
         path.find("..") != std::string_view::npos;
}

Json parse_value(std::string_view text) {
  auto parsed = parse_json(text);
  return parsed ? std::move(*parsed) : Json(std::string(text));
}

}  // namespace

Status apply_assignment(Json& document, std::string_view assignment) {
  const auto equals = assignment.find('=');
  if (equals == std::string_view::npos) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("'{}' has no '='; write KEY=VALUE, for example "
                            "train_config.n_epochs=5",
                            assignment));
  }
  const auto path = assignment.substr(0, equals);
  if (has_empty_step(path)) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("'{}' names no parameter before '='", assignment));
  }
  set_path(document, path, parse_value(assignment.substr(equals + 1)));
  return {};
}

Status apply_assignments(Json& document, std::span<const std::string> assignments) {
  for (const auto& assignment : assignments) {
    ATHANOR_CHECK_OK(apply_assignment(document, assignment));
  }
  return {};
}

}  // namespace athanor::cli
