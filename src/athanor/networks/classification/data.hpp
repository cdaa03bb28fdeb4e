#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "athanor/data/epoch_order.hpp"
#include "athanor/data/image_folder.hpp"
#include "athanor/engine/training_task.hpp"
#include "athanor/networks/classification/options.hpp"

namespace athanor::networks::classification {

/// Training batches: pixels, target probabilities [N, classes] and labels [N].
class TrainingImages {
 public:
  TrainingImages(data::ImageFolder folder, const TrainOptions& options);

  /// The last batch of an epoch may be smaller; a single picture left over waits for the next
  /// epoch, since batch norm cannot learn from one.
  [[nodiscard]] std::size_t batches() const;

  /// Batch `index` of an epoch counted from 1; depends on nothing else. Thread-safe. Throws
  /// std::runtime_error naming a picture that cannot be read.
  [[nodiscard]] engine::Batch load(std::uint32_t epoch, std::size_t index) const;

  [[nodiscard]] const data::ImageFolder& folder() const { return folder_; }

 private:
  data::ImageFolder folder_;
  TrainOptions options_;
  std::unique_ptr<data::EpochOrder> order_;  ///< Behind a pointer, since it cannot move.
};

/// Calls `use` with the pixels [N, C, H, W] of consecutive pictures and the index of the first of
/// them, in order, while the next ones are read.
void for_each_batch(const std::vector<std::filesystem::path>& images,
                    const data::Preprocessing& preprocessing,
                    const EvaluationOptions& options,
                    const std::function<void(std::size_t first, const torch::Tensor& pixels)>& use);

}  // namespace athanor::networks::classification
