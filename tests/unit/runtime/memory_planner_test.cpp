#include "athanor/runtime/memory_planner.hpp"

#include <numeric>
#include <random>

#include <gtest/gtest.h>

namespace athanor::runtime {

namespace {

std::vector<Lifetime> random_lifetimes(unsigned seed) {
  std::mt19937 generator(seed);
  std::vector<Lifetime> lifetimes(60);
  for (auto& lifetime : lifetimes) {
    lifetime.bytes = 1 + generator() % 5000;
    lifetime.first = generator() % 40;
    lifetime.last = lifetime.first + generator() % 8;
  }
  return lifetimes;
}

bool overlap(std::uint64_t a, std::uint64_t a_bytes, std::uint64_t b, std::uint64_t b_bytes) {
  return a < b + b_bytes && b < a + a_bytes;
}

TEST(MemoryPlanner, KeepsApartWhatLivesAtTheSameTime) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    const auto lifetimes = random_lifetimes(seed);

    const auto placement = place(lifetimes, true);

    for (std::size_t a = 0; a < lifetimes.size(); ++a) {
      EXPECT_EQ(placement.offsets[a] % 64, 0U);
      EXPECT_LE(placement.offsets[a] + lifetimes[a].bytes, placement.total);
      for (std::size_t b = 0; b < a; ++b) {
        const bool together =
            lifetimes[a].first <= lifetimes[b].last && lifetimes[b].first <= lifetimes[a].last;
        EXPECT_FALSE(together && overlap(placement.offsets[a],
                                         lifetimes[a].bytes,
                                         placement.offsets[b],
                                         lifetimes[b].bytes))
            << "seed " << seed << ": " << a << " and " << b;
      }
    }
  }
}

TEST(MemoryPlanner, NeedsNoMoreForAChainThanForItsTwoLargestNeighbours) {
  std::vector<Lifetime> chain;
  for (std::size_t i = 0; i < 20; ++i) {
    chain.push_back({6400, i, i + 1});
  }

  EXPECT_EQ(place(chain, true).total, 2 * 6400U);
  EXPECT_EQ(place(chain, false).total, 20 * 6400U);
}

TEST(MemoryPlanner, PlacesNothingInNoMemory) {
  EXPECT_EQ(place({}, true).total, 0U);
}

}  // namespace

}  // namespace athanor::runtime
