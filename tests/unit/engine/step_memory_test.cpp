#include "athanor/engine/step_memory.hpp"

#include "sample_training.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/engine/batch_size.hpp"

namespace athanor::engine {

using engine::testing::SampleJob;
using ::testing::HasSubstr;

namespace {

/// A layer over pictures of four pixels.
struct SampleProbe {
  torch::nn::Linear layer{4, 1};
  BatchSizeProbe probe{
      layer.ptr(), {1, 1, 4}, 100, [net = layer](const torch::Tensor& pixels) mutable {
        return net(pixels.flatten(1)).sum();
      }};
};

}  // namespace

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

TEST(MeasureStepMemory, IsExactForAnyBatchSize) {
  // With few samples the first block counts most, with many the two after it.
  const auto step = [](std::int64_t samples) {
    { const auto fixed = torch::empty({1 << 16}, torch::kUInt8); }
    const auto kept = torch::empty({samples, 1 << 12}, torch::kUInt8);
    const auto also = torch::empty({samples + 1, 1 << 10}, torch::kUInt8);
  };

  const auto memory = measure_step_memory(step);

  for (const std::int64_t samples : {1, 2, 4, 8, 16, 100}) {
    EXPECT_DOUBLE_EQ(memory.of(samples),
                     static_cast<double>(peak_tensor_bytes([&] { step(samples); })))
        << samples;
  }
}

TEST(MeasureStepMemory, BearsBlocksThatOnlyMoreSamplesNeed) {
  const auto step = [](std::int64_t samples) {
    for (int layer = 0; layer < 10; ++layer) {
      const auto kept = torch::empty({samples, 1 << 12}, torch::kUInt8);
      if (layer == 5 && samples > 2) {
        const auto buffer = torch::empty({100}, torch::kUInt8);
      }
    }
    const auto large = torch::empty({samples, 1 << 14}, torch::kUInt8);
  };

  EXPECT_DOUBLE_EQ(measure_step_memory(step).of(50), 50 * (1 << 14));
}

TEST(MeasureStepMemory, FallsBackToTheTwoPeaksWhereStepsHaveNothingInCommon) {
  const auto memory = measure_step_memory([](std::int64_t samples) {
    std::vector<torch::Tensor> kept;
    for (std::int64_t i = 0; i < 300 * samples; ++i) {
      kept.push_back(torch::empty({i % 2 == 0 ? 1 << 14 : 1 << (4 * samples)}, torch::kUInt8));
    }
  });

  EXPECT_GT(memory.of(8), memory.of(4));
  EXPECT_GT(memory.of(4), 600.0 * (1 << 14));
}

TEST(StepMemory, AddsWhatIsHeldAllTheTime) {
  StepMemory memory = SampleBytes{.fixed = 100, .per_sample = 10};
  memory.add({.fixed = 50, .per_sample = 1});

  EXPECT_DOUBLE_EQ(memory.of(7), 150 + 11 * 7);
}

TEST(MostSamplesWithin, FindsTheMostThatFit) {
  const SampleBytes line{.fixed = 150, .per_sample = 11};
  const auto bytes_of = [&](std::int64_t samples) { return line.of(samples); };

  EXPECT_EQ(most_samples_within(150 + 11 * 7, 100, bytes_of), 7);
  EXPECT_EQ(most_samples_within(150 + 11 * 7 - 1, 100, bytes_of), 6);
  EXPECT_EQ(most_samples_within(1e9, 100, bytes_of), 100);
  EXPECT_EQ(most_samples_within(150, 100, bytes_of), 0);
}

TEST(FittingBatchSize, HalvesUntilItFitsHalfOfTheMemory) {
  const SampleBytes line{.fixed = 100, .per_sample = 10};
  const auto bytes_of = [&](std::int64_t samples) { return line.of(samples); };

  EXPECT_EQ(fitting_batch_size(64, 10'000, bytes_of), 64);
  EXPECT_EQ(fitting_batch_size(64, 1000, bytes_of), 32);
  EXPECT_EQ(fitting_batch_size(64, 1, bytes_of), 1);
}

TEST(SettleBatchSize, KeepsItsChoiceForLaterAttempts) {
  SampleJob sample;
  const SampleProbe layer;

  EXPECT_EQ(settle_batch_size(sample.job, 16, {}, layer.probe), 16);
  EXPECT_EQ(settle_batch_size(sample.job, 8, {}, layer.probe), 16);
  EXPECT_THAT(sample.log, ::testing::ElementsAre(HasSubstr("a step of 16 pictures")));
}

TEST(SettleBatchSize, CountsTheBatchesThatAreReadAheadAsFarAsThereAreSamples) {
  constexpr auto nearly_all = std::int64_t{1} << 50;
  SampleJob few;
  SampleJob many;
  SampleProbe layer;
  TrainingOptions training;
  training.batches_ahead = nearly_all;

  EXPECT_EQ(settle_batch_size(few.job, 16, training, layer.probe), 16);

  layer.probe.samples = nearly_all;
  EXPECT_EQ(settle_batch_size(many.job, 16, training, layer.probe), 1);
}

}  // namespace athanor::engine
