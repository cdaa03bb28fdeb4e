#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace athanor::engine {

/// Bytes as a straight line over the samples of a step.
struct SampleBytes {
  double fixed = 0;
  double per_sample = 0;

  [[nodiscard]] double of(std::int64_t samples) const {
    return fixed + per_sample * static_cast<double>(samples);
  }
};

/// The most bytes that a step needs at once, over its samples. No straight line: with few samples
/// the peak may be where gradients of weights are made, with many where activations are kept.
class StepMemory {
 public:
  /// What is held all the time.
  StepMemory(SampleBytes held) : held_(held) {}  // NOLINT(google-explicit-constructor)

  /// Each change takes or, where it is below nothing, gives back.
  explicit StepMemory(std::vector<SampleBytes> changes) : changes_(std::move(changes)) {}

  [[nodiscard]] double of(std::int64_t samples) const;

  /// Something more that is held all the time.
  void add(const SampleBytes& held);

 private:
  SampleBytes held_;
  std::vector<SampleBytes> changes_;
};

/// From what torch allocates in the course of a step with two samples and of one with four, each
/// block as a straight line over the samples. Exact for torch's own memory where steps differ by
/// sizes alone; what libraries below torch take is not in it.
[[nodiscard]] StepMemory measure_step_memory(const std::function<void(std::int64_t samples)>& step);

/// The most bytes that tensors made during `step` hold at the same time.
[[nodiscard]] std::int64_t peak_tensor_bytes(const std::function<void()>& step);

/// The bytes of steps of so many samples and of all that goes with them; never fewer for more.
using BytesOfSamples = std::function<double(std::int64_t samples)>;

/// The most samples, up to `most`, that need no more than `bytes`; 0 where not even one does.
[[nodiscard]] std::int64_t most_samples_within(double bytes,
                                               std::int64_t most,
                                               const BytesOfSamples& bytes_of);

/// `wanted`, halved until it fits into half of `available` bytes; at least 1.
[[nodiscard]] std::int64_t fitting_batch_size(std::int64_t wanted,
                                              double available,
                                              const BytesOfSamples& bytes_of);

}  // namespace athanor::engine
