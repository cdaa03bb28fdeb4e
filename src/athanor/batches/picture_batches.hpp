#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "athanor/data/augmentation.hpp"
#include "athanor/data/epoch_order.hpp"
#include "athanor/tensor/torch.hpp"

/// Pictures of data/ as tensors. The module is one of its own so that data/ needs no LibTorch.
namespace athanor::data {

/// The pictures of one training batch.
struct PictureBatch {
  torch::Tensor pixels;              ///< [N, C, H, W], channels last.
  std::vector<std::size_t> samples;  ///< Which of the pictures they are.
  std::vector<SampleKey> keys;       ///< Of their random numbers.
};

/// Training pictures, shuffled and augmented anew in every epoch.
class TrainingPictures {
 public:
  TrainingPictures(std::vector<std::filesystem::path> pictures,
                   const Augmentation& augmentation,
                   const Preprocessing& preprocessing,
                   std::int64_t batch_size,
                   std::uint64_t seed);

  /// The last batch of an epoch may be smaller; a single picture left over waits for the next
  /// epoch, since batch norm cannot learn from one.
  [[nodiscard]] std::size_t batches() const;

  /// Batch `index` of an epoch counted from 1; depends on nothing else. Thread-safe. Throws
  /// std::runtime_error naming a picture that cannot be read.
  [[nodiscard]] PictureBatch load(std::uint32_t epoch, std::size_t index) const;

  [[nodiscard]] std::size_t size() const { return pictures_.size(); }

 private:
  std::vector<std::filesystem::path> pictures_;
  Augmentation augmentation_;
  Preprocessing preprocessing_;
  std::size_t batch_size_;
  std::uint64_t seed_;
  std::unique_ptr<EpochOrder> order_;  ///< Behind a pointer, since it cannot move.
};

/// How pictures are read for evaluation and inference.
struct ReadingOptions {
  std::int64_t batch_size = 256;
  int workers = 2;  ///< Threads; 0 reads between the batches.
  bool center_crop = true;

  bool operator==(const ReadingOptions&) const = default;
};

/// Calls `use` with the pixels [N, C, H, W] of consecutive pictures and the index of the first of
/// them, in order, while the next ones are read.
void for_each_batch(const std::vector<std::filesystem::path>& pictures,
                    const Preprocessing& preprocessing,
                    const ReadingOptions& options,
                    const std::function<void(std::size_t first, const torch::Tensor& pixels)>& use);

/// At most `count` of them, evenly spread; the same places in every list of as many.
template <class T>
[[nodiscard]] std::vector<T> spread_sample(const std::vector<T>& all, std::size_t count) {
  const auto chosen = std::min(count, all.size());
  std::vector<T> sample;
  for (std::size_t i = 0; i < chosen; ++i) {
    sample.push_back(all[i * all.size() / chosen]);
  }
  return sample;
}

}  // namespace athanor::data
