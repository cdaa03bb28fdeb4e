#include "athanor/engine/read_ahead.hpp"

#include <algorithm>

#include "athanor/data/prefetcher.hpp"

namespace athanor::engine {

double ReadAhead::samples_held(std::int64_t batch_size) const {
  // In floating point, where no number of batches that a spec asks for overflows.
  const double batches_held = 1 + static_cast<double>(data::items_ahead(workers, batches));
  return std::min(static_cast<double>(samples), batches_held * static_cast<double>(batch_size));
}

}  // namespace athanor::engine
