#pragma once

#include <string>

#include "athanor/api/services.hpp"
#include "athanor/jobs/job_snapshot.hpp"

namespace athanor::api {

/// Why a `convert` with this snapshot cannot work, with the mend; empty where nothing speaks
/// against it. int8 needs data to calibrate on and data to measure what it costs.
[[nodiscard]] std::string conversion_fault(Services& services,
                                           Uuid user,
                                           const jobs::JobSnapshot& snapshot);

/// Why no job can follow this one, which is Done: its model is gone, be it weights, model.onnx or
/// model.engine. Empty where it is there, or where the job is not Done yet or makes none.
[[nodiscard]] std::string parent_fault(Services& services, Uuid parent);

}  // namespace athanor::api
