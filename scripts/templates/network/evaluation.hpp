#pragma once

#include "athanor/engine/network.hpp"
#include "athanor/networks/@name@/predictor.hpp"

namespace athanor::networks::@name@ {

/// Measures a model on the job's evaluation data.
[[nodiscard]] engine::Report evaluate_model(const Predictor& predictor, const engine::Job& job);

/// The metric of a model on the job's evaluation data.
[[nodiscard]] engine::Metric measure_model(const Predictor& predictor, const engine::Job& job);

}  // namespace athanor::networks::@name@
