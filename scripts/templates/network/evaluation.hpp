#pragma once

#include "athanor/engine/job.hpp"
#include "athanor/networks/@name@/model.hpp"

namespace athanor::networks::@name@ {

/// Measures a model on the job's evaluation data.
[[nodiscard]] engine::Report evaluate_model(const Model& model, const engine::Job& job);

}  // namespace athanor::networks::@name@
