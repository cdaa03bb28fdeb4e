#pragma once

#include "athanor/preflight/check_job.hpp"

namespace athanor::preflight::classification {

/// What ends jobs of the network `classification`.
[[nodiscard]] std::span<const Rule> rules();

}  // namespace athanor::preflight::classification
