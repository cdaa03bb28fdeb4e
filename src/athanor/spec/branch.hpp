#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "athanor/spec/parameter.hpp"

namespace athanor::spec {

/// A row of a table with all rows below it.
struct Branch {
  const Parameter& row;
  std::span<const Parameter> below;

  /// The last part of the path, which is the key in a spec.
  [[nodiscard]] std::string_view name() const {
    return row.path.substr(row.path.rfind('.') + 1);  // npos + 1 is 0: a root row.
  }

  [[nodiscard]] bool is_object_list() const {
    return row.type == Type::list && row.item == Type::object;
  }
};

/// Calls `visit(Branch)` for each top row of `rows`: a table, or what is below a row.
template <class Visit>
void for_each_branch(std::span<const Parameter> rows, Visit&& visit) {
  while (!rows.empty()) {
    const Parameter& row = rows.front();
    rows = rows.subspan(1);
    const auto end = std::ranges::find_if_not(rows, [&row](const Parameter& candidate) {
      return candidate.path.size() > row.path.size() && candidate.path.starts_with(row.path) &&
             candidate.path[row.path.size()] == '.';
    });
    const auto count = static_cast<std::size_t>(end - rows.begin());
    visit(Branch{row, rows.first(count)});
    rows = rows.subspan(count);
  }
}

/// The top row called `name`, if there is one.
[[nodiscard]] inline std::optional<Branch> find_branch(std::span<const Parameter> rows,
                                                       std::string_view name) {
  std::optional<Branch> found;
  for_each_branch(rows, [&](const Branch& branch) {
    if (branch.name() == name) {
      found.emplace(branch);
    }
  });
  return found;
}

}  // namespace athanor::spec
