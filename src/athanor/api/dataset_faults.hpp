#pragma once

#include <vector>

#include "athanor/api/services.hpp"
#include "athanor/jobs/explanation.hpp"

namespace athanor::api {

/// What the reports say of files that cannot be used in the datasets that a job reads: those that
/// its worker was given, or would be given now. Datasets whose report says nothing of the kind, or
/// that have other data by now, are left out.
[[nodiscard]] std::vector<jobs::DatasetFacts> find_dataset_faults(Services& services,
                                                                  const store::JobRecord& job);

}  // namespace athanor::api
