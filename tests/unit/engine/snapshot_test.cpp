#include "athanor/engine/snapshot.hpp"

#include <thread>

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

void zero(const tensor::NamedTensors& tensors) {
  for (const auto& [name, value] : tensors) {
    value.zero_();
  }
}

void expect_equal(const tensor::NamedTensors& copies, const tensor::NamedTensors& originals) {
  ASSERT_EQ(copies.size(), originals.size());
  for (std::size_t i = 0; i < originals.size(); ++i) {
    EXPECT_EQ(copies[i].name, originals[i].name);
    EXPECT_TRUE(torch::equal(copies[i].value, originals[i].value)) << originals[i].name;
  }
}

}  // namespace

TEST(Snapshot, HoldsWhatTheTensorsHeld) {
  const auto tensors = sample_tensors();
  Snapshot snapshot;

  snapshot.begin(tensors);
  snapshot.finish();
  zero(tensors);

  expect_equal(snapshot.tensors(), sample_tensors());
}

TEST(Snapshot, CopiesAtOnceWhatItIsTold) {
  const auto tensors = sample_tensors();
  const tensor::NamedTensors changing = {tensors[0], tensors[1], tensors[3]};
  Snapshot snapshot;

  snapshot.begin(tensors, {changing[0].value, changing[1].value, changing[2].value});
  zero(changing);
  snapshot.finish();
  zero(tensors);

  expect_equal(snapshot.tensors(), sample_tensors());
}

TEST(Snapshot, IsWholeForEachOfTheThreadsThatFinishIt) {
  const tensor::NamedTensors tensors = {{"large", torch::arange(4'000'000)}};
  Snapshot snapshot;
  for (int round = 0; round < 8; ++round) {
    snapshot.fit(tensors);
    snapshot.touch();
    snapshot.begin(tensors);
    bool is_whole_there = false;

    std::thread other([&] {
      snapshot.finish();
      is_whole_there = torch::equal(snapshot.tensors()[0].value, tensors[0].value);
    });
    snapshot.finish_on_all_threads();
    const bool is_whole_here = torch::equal(snapshot.tensors()[0].value, tensors[0].value);
    other.join();

    EXPECT_TRUE(is_whole_here);
    EXPECT_TRUE(is_whole_there);
  }
}

TEST(Snapshot, UsesItsMemoryAgain) {
  const auto tensors = sample_tensors();
  Snapshot snapshot;
  snapshot.fit(tensors);
  snapshot.touch();
  const auto* const memory = snapshot.tensors()[1].value.data_ptr();

  snapshot.begin(tensors);
  snapshot.finish_on_all_threads();

  EXPECT_EQ(snapshot.tensors()[1].value.data_ptr(), memory);
  EXPECT_TRUE(torch::equal(snapshot.tensors()[1].value, tensors[1].value));
}

TEST(Snapshot, FollowsTensorsThatChangeTheirShape) {
  Snapshot snapshot;
  snapshot.begin({{"a", torch::ones({4})}, {"b", torch::ones({2})}});
  snapshot.finish();

  snapshot.begin({{"c", torch::zeros({5})}});
  snapshot.finish();

  expect_equal(snapshot.tensors(), {{"c", torch::zeros({5})}});
}

}  // namespace athanor::engine
