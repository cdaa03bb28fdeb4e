#include "athanor/tensor/runtime.hpp"

#include <malloc.h>

#include "athanor/tensor/torch.hpp"

namespace athanor::tensor {

void set_up_runtime(const RuntimeOptions& options) {
  // glibc's largest threshold: blocks below it come from the heap, which is not trimmed.
  constexpr int keep_below = 32 * 1024 * 1024;
  ::mallopt(M_MMAP_THRESHOLD, keep_below);
  ::mallopt(M_TRIM_THRESHOLD, 512 * 1024 * 1024);
  torch::set_num_threads(options.threads);
  at::globalContext().setFlushDenormal(true);
  torch::manual_seed(options.seed);
}

}  // namespace athanor::tensor
