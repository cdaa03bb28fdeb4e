#include "athanor/engine/step_memory.hpp"

#include "sample_training.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/engine/batch_size.hpp"

namespace athanor::engine {

using engine::testing::SampleJob;
using ::testing::HasSubstr;

TEST(PeakTensorBytes, CountsWhatIsHeldAtTheSameTime) {
  constexpr std::int64_t size = 1 << 20;
  const auto bytes = peak_tensor_bytes([] {
    { const auto first = torch::empty({size}, torch::kUInt8); }
    const auto second = torch::empty({size}, torch::kUInt8);
    const auto third = torch::empty({size}, torch::kUInt8);
  });

  EXPECT_GE(bytes, 2 * size);
  EXPECT_LT(bytes, 2 * size + 4096);
}

TEST(MeasureStepMemory, IsAStraightLineOverTheBatchSize) {
  const auto memory = measure_step_memory([](std::int64_t batch_size) {
    const auto fixed = torch::empty({1 << 16}, torch::kUInt8);
    const auto samples = torch::empty({batch_size, 1 << 12}, torch::kUInt8);
  });

  EXPECT_NEAR(memory.of(100), (1 << 16) + 100 * (1 << 12), 4096);
}

TEST(FittingBatchSize, HalvesUntilItFitsHalfOfTheMemory) {
  const StepMemory memory{.fixed = 100, .per_sample = 10};

  EXPECT_EQ(fitting_batch_size(64, memory, 10'000), 64);
  EXPECT_EQ(fitting_batch_size(64, memory, 1000), 32);
  EXPECT_EQ(fitting_batch_size(64, memory, 1), 1);
}

TEST(AvailableMemory, IsKnown) {
  EXPECT_GT(available_memory(), 1e6);
}

TEST(SettleBatchSize, KeepsItsChoiceForLaterAttempts) {
  SampleJob sample;
  torch::nn::Linear layer(4, 1);
  const BatchSizeProbe probe{*layer, {1, 1, 4}, 2, [&](const torch::Tensor& pixels) {
                               return layer(pixels.flatten(1)).sum();
                             }};

  EXPECT_EQ(settle_batch_size(sample.job, 16, probe), 16);
  EXPECT_EQ(settle_batch_size(sample.job, 8, probe), 16);
  EXPECT_THAT(sample.log, ::testing::ElementsAre(HasSubstr("a step of 16 pictures")));
}

}  // namespace athanor::engine
