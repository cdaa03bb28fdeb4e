#pragma once

#include "athanor/preflight/check_job.hpp"

namespace athanor::preflight {

/// What ends jobs of the network `multitask_classification`.
[[nodiscard]] std::span<const Rule> multitask_classification_rules();

}  // namespace athanor::preflight
