#include "athanor/engine/checkpoint_timing.hpp"

namespace athanor::engine {

namespace {

/// Of the interval; half a minute of the default one.
constexpr double nearly_over = 0.1;

}  // namespace

CheckpointTime checkpoint_time(double seconds_since_last, double interval, const EpochPace& pace) {
  if (interval <= 0 || seconds_since_last < interval) {
    return CheckpointTime::later;
  }
  const double seconds_of_batch = pace.seconds / static_cast<double>(pace.batches_done);
  const double seconds_left = seconds_of_batch * static_cast<double>(pace.batches_left);
  return seconds_left < nearly_over * interval ? CheckpointTime::at_epoch_end : CheckpointTime::now;
}

}  // namespace athanor::engine
