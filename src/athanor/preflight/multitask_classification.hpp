#pragma once

#include "athanor/preflight/check_job.hpp"

namespace athanor::preflight::multitask_classification {

/// What ends jobs of the network `multitask_classification`.
[[nodiscard]] std::span<const Rule> rules();

}  // namespace athanor::preflight::multitask_classification
