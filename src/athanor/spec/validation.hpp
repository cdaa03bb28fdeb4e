#pragma once

#include <string>
#include <vector>

#include "athanor/core/json.hpp"
#include "athanor/spec/parameter.hpp"

namespace athanor::spec {

/// Checks types, bounds and options of the keys the table knows; unknown keys are kept and not
/// judged, numeric strings pass as numbers (old clients send them), null means "not given".
/// The error lists every fault, each with its path, what was given and what is allowed.
[[nodiscard]] Status validate(const Table& table, const Json& spec);

/// The user's spec over the defaults: objects merge, lists of objects merge by index, other lists
/// and scalars replace. Numeric strings become numbers, enum tokens take the table's spelling,
/// nulls fall back to the default, and a parameter that follows another takes its value.
[[nodiscard]] Json harden(const Table& table, const Json& defaults, const Json& user);

/// Paths of parameters that `user` sets to something other than the default and that have no
/// effect, unknown keys included.
[[nodiscard]] std::vector<std::string> ignored_parameters(const Table& table,
                                                          const Json& defaults,
                                                          const Json& user);

}  // namespace athanor::spec
