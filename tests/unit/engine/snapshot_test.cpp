#include "athanor/engine/snapshot.hpp"

#include <gtest/gtest.h>

namespace athanor::engine {

namespace {

/// Small and large, of several types and layouts, empty, and one that has gaps in memory.
tensor::NamedTensors sample_tensors() {
  torch::manual_seed(3);
  return {
      {"small", torch::randn({3})},
      {"large", torch::randn({700, 1000})},
      {"channels last", torch::randn({4, 8, 3, 3}).contiguous(torch::MemoryFormat::ChannelsLast)},
      {"count", torch::tensor(7, torch::kInt64)},
      {"empty", torch::empty({0, 4})},
      {"gaps", torch::randn({6, 6}).slice(1, 0, 6, 2)}};
}

}  // namespace

TEST(Snapshot, HoldsWhatTheTensorsHeld) {
  auto tensors = sample_tensors();
  const auto before = sample_tensors();
  Snapshot snapshot;

  snapshot.take(tensors);
  for (auto& [name, value] : tensors) {
    value.zero_();
  }

  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(snapshot.tensors()[i].name, before[i].name);
    EXPECT_TRUE(torch::equal(snapshot.tensors()[i].value, before[i].value)) << before[i].name;
  }
}

TEST(Snapshot, UsesItsMemoryAgain) {
  const auto tensors = sample_tensors();
  Snapshot snapshot;
  snapshot.fit(tensors);
  snapshot.touch();
  const auto* const memory = snapshot.tensors()[1].value.data_ptr();

  snapshot.take(tensors);

  EXPECT_EQ(snapshot.tensors()[1].value.data_ptr(), memory);
  EXPECT_TRUE(torch::equal(snapshot.tensors()[1].value, tensors[1].value));
}

TEST(Snapshot, FollowsTensorsThatChangeTheirShape) {
  Snapshot snapshot;
  snapshot.take({{"a", torch::ones({4})}, {"b", torch::ones({2})}});

  snapshot.take({{"c", torch::zeros({5})}});

  ASSERT_EQ(snapshot.tensors().size(), 1U);
  EXPECT_TRUE(torch::equal(snapshot.tensors()[0].value, torch::zeros({5})));
}

}  // namespace athanor::engine
