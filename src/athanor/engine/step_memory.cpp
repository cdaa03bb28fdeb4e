#include "athanor/engine/step_memory.hpp"

#include <algorithm>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

#include "athanor/tensor/torch.hpp"

namespace athanor::engine {

namespace {

/// Hears of every allocation of the thread that torch makes or gives back.
class AllocationCounter : public c10::MemoryReportingInfoBase {
 public:
  void reportMemoryUsage(void* /*pointer*/,
                         std::int64_t size,
                         std::int64_t /*total_allocated*/,
                         std::int64_t /*total_reserved*/,
                         c10::Device /*device*/) override {
    held_ += size;
    peak_ = std::max(peak_, held_);
  }

  [[nodiscard]] bool memoryProfilingEnabled() const override { return true; }

  [[nodiscard]] std::int64_t peak() const { return peak_; }

 private:
  std::int64_t held_ = 0;
  std::int64_t peak_ = 0;
};

}  // namespace

std::int64_t peak_tensor_bytes(const std::function<void()>& step) {
  const auto counter = std::make_shared<AllocationCounter>();
  const c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, counter);
  step();
  return counter->peak();
}

StepMemory measure_step_memory(const std::function<void(std::int64_t batch_size)>& step) {
  const auto two = static_cast<double>(peak_tensor_bytes([&] { step(2); }));
  const auto four = static_cast<double>(peak_tensor_bytes([&] { step(4); }));
  const double per_sample = std::max(0.0, (four - two) / 2);
  return {std::max(0.0, two - 2 * per_sample), per_sample};
}

std::int64_t fitting_batch_size(std::int64_t wanted, const StepMemory& memory, double available) {
  while (wanted > 1 && memory.of(wanted) > available / 2) {
    wanted /= 2;
  }
  return wanted;
}

double available_memory() {
  std::ifstream lines("/proc/meminfo");
  for (std::string name; lines >> name;) {
    double kibibytes = 0;
    lines >> kibibytes;
    if (name == "MemAvailable:") {
      return kibibytes * 1024;
    }
    std::getline(lines, name);
  }
  throw std::runtime_error("/proc/meminfo does not tell how much memory is free");
}

}  // namespace athanor::engine
