#include "athanor/engine/memory_limit.hpp"

#include <gtest/gtest.h>

#include "athanor/tensor/torch.hpp"

namespace athanor::engine {

TEST(MemoryLimit, IsNoLessThanWhatIsHeld) {
  EXPECT_GT(memory_limit(), peak_process_memory());
}

TEST(AvailableMemory, IsWhatIsLeftOfTheLimit) {
  EXPECT_GT(available_memory(), 1e6);
  EXPECT_LT(available_memory(), memory_limit());
}

TEST(PeakProcessMemory, GrowsWithWhatIsTouched) {
  constexpr std::int64_t size = 64 << 20;
  const auto before = peak_process_memory();

  { const auto touched = torch::ones({size}, torch::kUInt8); }

  // What was freed before may be used again.
  EXPECT_GE(peak_process_memory(), before);
  EXPECT_GT(peak_process_memory(), static_cast<double>(size));
}

TEST(MemoryFence, RefusesWhatIsBehindIt) {
  constexpr std::int64_t size = std::int64_t{1} << 30;
  {
    const MemoryFence fence(static_cast<double>(size) / 2);
    EXPECT_THROW((void)torch::empty({size}, torch::kUInt8), c10::Error);
    EXPECT_NO_THROW((void)torch::empty({size / 4}, torch::kUInt8));
  }
  EXPECT_NO_THROW((void)torch::empty({size}, torch::kUInt8));
}

}  // namespace athanor::engine
