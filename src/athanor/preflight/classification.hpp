#pragma once

#include "athanor/preflight/check_job.hpp"

namespace athanor::preflight {

/// What ends jobs of the network `classification`.
[[nodiscard]] std::span<const Rule> classification_rules();

}  // namespace athanor::preflight
