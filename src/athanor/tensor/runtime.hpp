#pragma once

#include <cstdint>

namespace athanor::tensor {

/// Settings of a process that computes.
struct RuntimeOptions {
  int threads = 1;         ///< Of torch's kernels; Debian's torch takes one unless told.
  std::uint64_t seed = 0;  ///< Of torch's default generator.
};

/// Sets up the process; call once, from main, before the first tensor.
///
/// Besides threads and seed: large blocks stay with malloc, in one arena for all threads, instead
/// of going back to the system after every step, so that a training step takes no page faults
/// (28,768 of them for a resnet18 at 160 pixels and batch 16, 3 to 9 % of its CPU time), and
/// numbers too small for full precision count as zero, which would otherwise slow kernels down many
/// times.
void set_up_runtime(const RuntimeOptions& options);

}  // namespace athanor::tensor
