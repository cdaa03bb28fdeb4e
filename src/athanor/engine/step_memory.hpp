#pragma once

#include <cstdint>
#include <functional>

namespace athanor::engine {

/// The most bytes that tensors made during `step` hold at the same time. What libraries below torch
/// take for themselves is not in it.
[[nodiscard]] std::int64_t peak_tensor_bytes(const std::function<void()>& step);

/// What a training step needs, as a straight line over the batch size.
struct StepMemory {
  double fixed = 0;
  double per_sample = 0;

  [[nodiscard]] double of(std::int64_t batch_size) const {
    return fixed + per_sample * static_cast<double>(batch_size);
  }
};

/// From the bytes of a step with two samples and one with four.
[[nodiscard]] StepMemory measure_step_memory(
    const std::function<void(std::int64_t batch_size)>& step);

/// `wanted`, halved until it fits into half of `available` bytes; at least 1.
[[nodiscard]] std::int64_t fitting_batch_size(std::int64_t wanted,
                                              const StepMemory& memory,
                                              double available);

/// Bytes that the machine can give to new work (MemAvailable).
[[nodiscard]] double available_memory();

}  // namespace athanor::engine
