#pragma once

#include "athanor/engine/finished_model.hpp"
#include "athanor/networks/@name@/model.hpp"

namespace athanor::networks::@name@ {

/// A model in use, whatever computes it.
struct Predictor {
  engine::RunGraph run;
};

/// What a job made: the module of a checkpoint, or a graph that runs as it is.
[[nodiscard]] Predictor load_predictor(const engine::FinishedModel& finished);

}  // namespace athanor::networks::@name@
