#include "athanor/data/prefetcher.hpp"

#include <atomic>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::data {

namespace {

std::vector<std::size_t> drain(Prefetcher<std::size_t>& prefetcher) {
  std::vector<std::size_t> items;
  while (const auto item = prefetcher.next()) {
    items.push_back(*item);
  }
  return items;
}

}  // namespace

TEST(Prefetcher, KeepsTheOrderWithAnyNumberOfWorkers) {
  for (const int workers : {0, 1, 4}) {
    Prefetcher<std::size_t> prefetcher(3, 200, workers, [](std::size_t index) {
      if (index % 3 == 0) {
        std::this_thread::yield();
      }
      return index * index;
    });

    const auto items = drain(prefetcher);

    ASSERT_EQ(items.size(), 197U);
    for (std::size_t i = 0; i < items.size(); ++i) {
      ASSERT_EQ(items[i], (i + 3) * (i + 3)) << workers;
    }
  }
}

TEST(Prefetcher, ThrowsWhatTheWorkerThrewAtItsPlace) {
  for (const int workers : {0, 2}) {
    Prefetcher<std::size_t> prefetcher(0, 10, workers, [](std::size_t index) {
      if (index == 2) {
        throw std::runtime_error("broken.jpg");
      }
      return index;
    });

    EXPECT_EQ(prefetcher.next(), 0U);
    EXPECT_EQ(prefetcher.next(), 1U);
    EXPECT_THROW(prefetcher.next(), std::runtime_error) << workers;
  }
}

TEST(Prefetcher, MakesNoMoreThanTwoItemsPerWorkerAhead) {
  std::atomic<std::size_t> highest{0};
  Prefetcher<std::size_t> prefetcher(0, 1000, 2, [&](std::size_t index) {
    for (auto seen = highest.load(); seen < index && !highest.compare_exchange_weak(seen, index);) {
    }
    return index;
  });

  EXPECT_EQ(prefetcher.next(), 0U);
  EXPECT_EQ(prefetcher.next(), 1U);

  EXPECT_LE(highest.load(), 5U);
}

TEST(Prefetcher, MakesNoMoreItemsAheadThanItIsTold) {
  std::atomic<std::size_t> made{0};
  Prefetcher<std::size_t> prefetcher(
      0,
      1000,
      3,
      [&](std::size_t index) {
        ++made;
        return index;
      },
      /*ahead=*/1);

  EXPECT_EQ(prefetcher.next(), 0U);
  EXPECT_EQ(prefetcher.next(), 1U);

  EXPECT_LE(made.load(), 3U);
}

TEST(ItemsAhead, AreTwoForEachWorkerUnlessMoreOrFewerAreWanted) {
  EXPECT_EQ(items_ahead(3), 6);
  EXPECT_EQ(items_ahead(3, 1), 1);
  EXPECT_EQ(items_ahead(3, 100), 100);
  EXPECT_EQ(items_ahead(0, 100), 0);
}

TEST(Prefetcher, CanBeLeftBeforeTheEnd) {
  Prefetcher<std::size_t> prefetcher(0, 1000, 3, [](std::size_t index) { return index; });

  EXPECT_EQ(prefetcher.next(), 0U);
}

}  // namespace athanor::data
