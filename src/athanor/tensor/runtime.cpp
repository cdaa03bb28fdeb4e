#include "athanor/tensor/runtime.hpp"

#include <malloc.h>

#include "athanor/tensor/torch.hpp"

namespace athanor::tensor {

void set_up_runtime(const RuntimeOptions& options) {
  constexpr int beyond_any_feature_map = 1 << 30;
  ::mallopt(M_MMAP_THRESHOLD, beyond_any_feature_map);
  constexpr int never = -1;
  ::mallopt(M_TRIM_THRESHOLD, never);  // A step frees gigabytes, which the next one wants again.
  // Readers make batches that the training frees: in arenas of their own that memory piles up.
  ::mallopt(M_ARENA_MAX, 1);
  torch::set_num_threads(options.threads);
  at::globalContext().setFlushDenormal(true);
  torch::manual_seed(options.seed);
}

}  // namespace athanor::tensor
