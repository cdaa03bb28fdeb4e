#include "athanor/engine/step_memory.hpp"

#include <algorithm>
#include <utility>

#include "athanor/engine/allocation_course.hpp"

namespace athanor::engine {

namespace {

constexpr std::int64_t few_samples = 2;
constexpr std::int64_t more_samples = 4;

/// Through a number of bytes for few samples and one for more.
SampleBytes line_through(double few, double more) {
  const double per_sample = (more - few) / static_cast<double>(more_samples - few_samples);
  return {more - per_sample * static_cast<double>(more_samples), per_sample};
}

}  // namespace

double StepMemory::of(std::int64_t samples) const {
  double sum = 0;
  double most = 0;
  for (const auto& change : changes_) {
    sum += change.of(samples);
    most = std::max(most, sum);
  }
  return held_.of(samples) + most;
}

void StepMemory::add(const SampleBytes& held) {
  held_.fixed += held.fixed;
  held_.per_sample += held.per_sample;
}

StepMemory measure_step_memory(const std::function<void(std::int64_t samples)>& step) {
  const auto few = record_allocations([&] { step(few_samples); });
  const auto more = record_allocations([&] { step(more_samples); });
  const auto twins =
      match_blocks(few, more, static_cast<double>(more_samples) / static_cast<double>(few_samples));
  if (!twins) {
    const auto peaks =
        line_through(static_cast<double>(few.peak()), static_cast<double>(more.peak()));
    return {{std::max(0.0, peaks.fixed), std::max(0.0, peaks.per_sample)}};
  }
  std::vector<SampleBytes> changes;
  changes.reserve(more.events.size());
  for (const auto& event : more.events) {
    const auto size = static_cast<double>(more.sizes[event.block]);
    const auto& twin = (*twins)[event.block];
    const auto block =
        twin ? line_through(static_cast<double>(few.sizes[*twin]), size) : SampleBytes{size, 0};
    const double sign = event.is_taken ? 1 : -1;
    changes.push_back({sign * block.fixed, sign * block.per_sample});
  }
  return StepMemory(std::move(changes));
}

std::int64_t peak_tensor_bytes(const std::function<void()>& step) {
  return record_allocations(step).peak();
}

std::int64_t most_samples_within(double bytes, std::int64_t most, const BytesOfSamples& bytes_of) {
  std::int64_t fitting = 0;
  for (std::int64_t too_many = most + 1; too_many - fitting > 1;) {
    const auto middle = fitting + (too_many - fitting) / 2;
    (bytes_of(middle) <= bytes ? fitting : too_many) = middle;
  }
  return fitting;
}

std::int64_t fitting_batch_size(std::int64_t wanted,
                                double available,
                                const BytesOfSamples& bytes_of) {
  while (wanted > 1 && bytes_of(wanted) > available / 2) {
    wanted /= 2;
  }
  return wanted;
}

}  // namespace athanor::engine
