#pragma once

#include <cstdint>

namespace athanor::engine {

/// Bytes that the process can ever have: those of the machine, or what the control groups allow
/// that it is in.
[[nodiscard]] double memory_limit();

/// Bytes that new work can have: what the machine can give (MemAvailable), but no more than the
/// process lacks to its memory_limit().
[[nodiscard]] double available_memory();

/// The most bytes of memory that the process has held since forget_peak_memory(), or since it
/// began where the kernel cannot forget.
[[nodiscard]] double peak_process_memory();
void forget_peak_memory();

/// While it lives, the process gets no more than `bytes` on top of what it has: what asks for more
/// is refused at once, before the machine runs out.
class MemoryFence {
 public:
  explicit MemoryFence(double bytes);
  ~MemoryFence();

  MemoryFence(const MemoryFence&) = delete;
  MemoryFence& operator=(const MemoryFence&) = delete;

 private:
  std::uint64_t former_ = 0;
  bool stands_ = false;
};

}  // namespace athanor::engine
