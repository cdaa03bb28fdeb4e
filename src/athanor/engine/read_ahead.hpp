#pragma once

#include <cstdint>

namespace athanor::engine {

/// How a pass over data comes into memory: in batches that data::Prefetcher reads ahead.
struct ReadAhead {
  std::int64_t samples = 0;  ///< Of the pass.
  int workers = 0;           ///< Threads that read.
  std::int64_t batches = 0;  ///< That they may have ready; 0: two for each.

  /// The most samples that are in memory at once: those of the batch in use and of the batches that
  /// are ready or in the making, but no more than there are.
  [[nodiscard]] double samples_held(std::int64_t batch_size) const;
};

}  // namespace athanor::engine
