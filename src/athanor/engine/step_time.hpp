#pragma once

#include <cstdint>

#include "athanor/engine/training_task.hpp"

namespace athanor::engine {

/// How long a step takes, as a straight line over its samples.
struct StepTime {
  double fixed = 0;       ///< Seconds.
  double per_sample = 0;  ///< Seconds.

  [[nodiscard]] double of(double samples, double steps) const {
    return fixed * steps + per_sample * samples;
  }
};

/// From the seconds of a step of `few` samples and of one of `more`. Where more samples took hardly
/// longer, noise did it: at least half of the mean is counted as each sample's own.
[[nodiscard]] StepTime fit_step_time(double few,
                                     double seconds_of_few,
                                     double more,
                                     double seconds_of_more);

/// What the time of an epoch is worked out from.
struct EpochLoad {
  TrainingTask::Extent extent;
  StepTime train;
  StepTime validate;
  double read_seconds = 0;  ///< Of one sample on one thread.
  int workers = 0;          ///< That read for training.
  int threads = 1;          ///< That compute.
  int cores = 1;            ///< That all of them share.
};

/// Seconds of an epoch with its validation. Reading goes on beside computing and slows it down only
/// as far as the cores do not suffice for both.
[[nodiscard]] double epoch_seconds(const EpochLoad& load);

}  // namespace athanor::engine
