#include "athanor/engine/read_ahead.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace athanor::engine {

TEST(ReadAhead, HoldsTheBatchInUseAndTwoForEachReader) {
  const ReadAhead reading{.samples = 1000, .workers = 3};

  EXPECT_EQ(reading.samples_held(10), 70);
}

TEST(ReadAhead, HoldsAsManyBatchesAsItIsTold) {
  const ReadAhead reading{.samples = 1000, .workers = 3, .batches = 20};

  EXPECT_EQ(reading.samples_held(10), 210);
}

TEST(ReadAhead, HoldsTheBatchInUseAloneWithoutReaders) {
  const ReadAhead reading{.samples = 1000, .workers = 0, .batches = 20};

  EXPECT_EQ(reading.samples_held(10), 10);
}

TEST(ReadAhead, HoldsNoMoreSamplesThanThereAre) {
  const ReadAhead reading{
      .samples = 1000, .workers = 3, .batches = std::numeric_limits<std::int64_t>::max()};

  EXPECT_EQ(reading.samples_held(10), 1000);
}

}  // namespace athanor::engine
