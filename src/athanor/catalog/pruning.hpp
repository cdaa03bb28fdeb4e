#pragma once

#include <string>

#include "athanor/core/json.hpp"

namespace athanor::catalog {

/// Why no model can be pruned with this spec, whatever its weights, with the mend; empty where one
/// can. Known before any job runs.
[[nodiscard]] std::string pruning_fault(const Json& spec);

}  // namespace athanor::catalog
