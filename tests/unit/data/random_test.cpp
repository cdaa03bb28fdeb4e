#include "athanor/data/random.hpp"

#include <algorithm>
#include <numeric>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::data {

namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::Gt;
using ::testing::Lt;

constexpr int draws = 200'000;

struct Moments {
  double mean = 0;
  double variance = 0;
};

template <class Draw>
Moments moments_of(Draw draw) {
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < draws; ++i) {
    const double value = draw();
    sum += value;
    squares += value * value;
  }
  const double mean = sum / draws;
  return {mean, squares / draws - mean * mean};
}

}  // namespace

// The known answers of the authors' Random123 library (kat_vectors).
TEST(Philox, GivesThePublishedWords) {
  using Counter = std::array<std::uint32_t, 4>;
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}),
            (Counter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Counter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomStream, EqualKeysGiveEqualNumbers) {
  RandomStream first({42, 3, 7, RandomUse::crop});
  RandomStream second({42, 3, 7, RandomUse::crop});

  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(first.bits32(), second.bits32());
  }
}

TEST(RandomStream, EveryPartOfTheKeyMatters) {
  const RandomKey keys[] = {{42, 3, 7, RandomUse::crop},
                            {43, 3, 7, RandomUse::crop},
                            {42 + (1ULL << 40), 3, 7, RandomUse::crop},
                            {42, 4, 7, RandomUse::crop},
                            {42, 3, 8, RandomUse::crop},
                            {42, 3, 7, RandomUse::flip}};
  std::set<std::uint64_t> firsts;

  for (const auto& key : keys) {
    firsts.insert(RandomStream(key).bits64());
  }

  EXPECT_EQ(firsts.size(), std::size(keys));
}

TEST(RandomStream, UniformHasItsMomentsAndBounds) {
  RandomStream random({1});
  double lowest = 1;
  double highest = 0;

  const auto [mean, variance] = moments_of([&] {
    const double value = random.uniform();
    lowest = std::min(lowest, value);
    highest = std::max(highest, value);
    return value;
  });

  EXPECT_NEAR(mean, 0.5, 0.005);
  EXPECT_NEAR(variance, 1.0 / 12, 0.002);
  EXPECT_GE(lowest, 0.0);
  EXPECT_LT(highest, 1.0);
}

TEST(RandomStream, NormalHasItsMoments) {
  RandomStream random({2});

  const auto [mean, variance] = moments_of([&] { return random.normal(); });

  EXPECT_NEAR(mean, 0.0, 0.01);
  EXPECT_NEAR(variance, 1.0, 0.02);
}

TEST(RandomStream, GammaHasItsMoments) {
  for (const double alpha : {0.3, 1.0, 4.5}) {
    RandomStream random({3});

    const auto [mean, variance] = moments_of([&] { return random.gamma(alpha); });

    EXPECT_NEAR(mean, alpha, 0.03 * alpha + 0.005) << alpha;
    EXPECT_NEAR(variance, alpha, 0.05 * alpha + 0.01) << alpha;
  }
}

TEST(RandomStream, BetaHasItsMoments) {
  for (const double alpha : {0.1, 0.4, 2.0}) {
    RandomStream random({4});

    const auto [mean, variance] = moments_of([&] { return random.beta(alpha, alpha); });

    EXPECT_NEAR(mean, 0.5, 0.005) << alpha;
    EXPECT_NEAR(variance, 1 / (4 * (2 * alpha + 1)), 0.003) << alpha;
  }
}

TEST(RandomStream, BelowReachesEveryValueAboutEquallyOften) {
  RandomStream random({5});
  std::array<int, 7> counts{};

  for (int i = 0; i < 70'000; ++i) {
    ++counts.at(random.below(7));
  }

  EXPECT_THAT(counts, Each(AllOf(Gt(9'600), Lt(10'400))));
}

TEST(ShuffledOrder, IsAPermutation) {
  auto order = shuffled_order(1000, 42, 1);
  std::vector<std::int64_t> expected(1000);
  std::iota(expected.begin(), expected.end(), 0);

  EXPECT_NE(order, expected);
  std::sort(order.begin(), order.end());
  EXPECT_EQ(order, expected);
}

TEST(ShuffledOrder, DiffersFromEpochToEpoch) {
  EXPECT_NE(shuffled_order(100, 42, 1), shuffled_order(100, 42, 2));
}

}  // namespace athanor::data
