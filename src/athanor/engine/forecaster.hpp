#pragma once

#include "athanor/engine/trainer.hpp"

namespace athanor::engine {

/// The first stage of a training: trains a few steps on four samples at most, works out the memory
/// and the time of the whole from them and writes contract::Forecast into the job directory. The
/// training that follows is byte-equal to one without: weights, buffers and torch's generator are
/// given back. Once a job has its forecast, later attempts make none.
///
/// Throws std::invalid_argument with the mend where the training cannot work: it needs far more
/// memory than there is, the first loss is no number, or a picture cannot be read.
void forecast_training(const Job& job, TrainingTask& task, const TrainingOptions& options);

}  // namespace athanor::engine
