#pragma once

#include <cstdint>

namespace athanor::engine {

/// What becomes of a checkpoint in the middle of an epoch.
enum class CheckpointTime {
  later,         ///< It is not due.
  now,           ///< It is due.
  at_epoch_end,  ///< It is due, but the epoch is nearly over: the one at its end takes its place.
};

/// How far an epoch is, and how quickly it came there.
struct EpochPace {
  std::int64_t batches_done = 0;  ///< By this attempt of the job; at least 1.
  double seconds = 0;             ///< That these took.
  std::int64_t batches_left = 0;
};

/// Of a training that wants a checkpoint every `interval` seconds, 0 for none. One that would begin
/// within the last tenth of the interval before an epoch's end would still be written when that
/// asks for its own, which has to wait for it.
[[nodiscard]] CheckpointTime checkpoint_time(double seconds_since_last,
                                             double interval,
                                             const EpochPace& pace);

}  // namespace athanor::engine
