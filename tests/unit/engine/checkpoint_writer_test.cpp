#include "athanor/engine/checkpoint_writer.hpp"

#include <string>

#include "support/temp_dir.hpp"
#include <gtest/gtest.h>

#include "athanor/engine/step_memory.hpp"

namespace athanor::engine {

namespace {

class CheckpointWriterTest : public ::testing::Test {
 protected:
  /// Saves a state that begins to change as that of a training does.
  void save_amid_changes() {
    const auto state = sample_state();
    const auto& statistics = state.weights[1].value;
    Checkpoint checkpoint;
    checkpoint.network = "sample";

    writer_.write(checkpoint, state, {statistics});
    statistics.zero_();
    writer_.wait_for_copies();
    for (const auto* group : {&state.weights, &state.optimizer, &state.live}) {
      for (const auto& [name, value] : *group) {
        value.zero_();
      }
    }
    writer_.finish();
  }

  void expect_saved(const CheckpointTensors& expected) {
    const auto saved = read_tensors(newest_checkpoint(dir_.path(), key_).value()).value();
    expect_saved(saved.weights, expected.weights);
    expect_saved(saved.optimizer, expected.optimizer);
    expect_saved(saved.live, expected.live);
  }

  /// Weights that take a while to copy, and running statistics.
  static CheckpointTensors sample_state() {
    torch::manual_seed(3);
    return {{{"weight", torch::randn({2000, 1000})}, {"running_mean", torch::randn({64})}},
            {{"weight/mean", torch::randn({2000, 1000})}},
            {{"weight", torch::randn({2000, 1000})}}};
  }

  athanor::testing::TempDir dir_;
  crypto::Passphrase key_;
  CheckpointWriter writer_{CheckpointFolder(dir_.path(), "sample", key_)};

 private:
  static void expect_saved(const tensor::NamedTensors& saved,
                           const tensor::NamedTensors& expected) {
    ASSERT_EQ(saved.size(), expected.size());
    for (const auto& [name, value] : expected) {
      const auto* const found = tensor::find_tensor(saved, name);
      ASSERT_NE(found, nullptr) << name;
      EXPECT_TRUE(torch::equal(*found, value)) << name;
    }
  }
};

}  // namespace

TEST_F(CheckpointWriterTest, SavesWhatTheTensorsHeldAtTheCall) {
  save_amid_changes();

  expect_saved(sample_state());
}

TEST_F(CheckpointWriterTest, SavesItFromMemoryThatWasPreparedToo) {
  writer_.prepare(sample_state());

  save_amid_changes();

  expect_saved(sample_state());
}

TEST(CheckpointFolder, TakesTheMemoryOfOneKernelWithChannelsLast) {
  const athanor::testing::TempDir dir;
  const CheckpointFolder folder(dir.path(), "sample", {});
  const auto kernel = torch::ones({64, 64, 3, 3}).contiguous(torch::MemoryFormat::ChannelsLast);
  CheckpointTensors tensors;
  for (int i = 0; i < 5; ++i) {
    tensors.weights.push_back({std::to_string(i), kernel.clone()});
  }

  const auto bytes = peak_tensor_bytes([&] { ASSERT_TRUE(folder.save({}, tensors)); });

  EXPECT_GE(bytes, static_cast<std::int64_t>(kernel.nbytes()));
  EXPECT_LT(bytes, static_cast<std::int64_t>(2 * kernel.nbytes()));
}

TEST_F(CheckpointWriterTest, HasNothingToWaitForWithoutACheckpoint) {
  writer_.wait_for_copies();
  writer_.prepare(sample_state());
  writer_.wait_for_copies();

  EXPECT_TRUE(writer_.folder().newest_first().empty());
}

}  // namespace athanor::engine
