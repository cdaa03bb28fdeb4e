#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "athanor/batches/picture_batches.hpp"
#include "athanor/contract/job_request.hpp"
#include "athanor/engine/training_task.hpp"
#include "athanor/networks/multitask_classification/options.hpp"

namespace athanor::networks::multitask_classification {

/// What is told of a picture: one column of the tables.
struct Task {
  std::string name;
  std::vector<std::string> classes;  ///< Sorted, in the order of the logits.

  bool operator==(const Task&) const = default;
};

/// Pictures with a label, or none, for each task.
struct LabelledPictures {
  std::vector<Task> tasks;  ///< Sorted by name.
  std::vector<std::filesystem::path> pictures;
  std::vector<std::vector<std::int64_t>> labels;  ///< By picture and task; -1 where there is none.

  [[nodiscard]] std::size_t size() const { return pictures.size(); }

  /// The labels of consecutive pictures as a tensor [count, tasks].
  [[nodiscard]] torch::Tensor labels_from(std::size_t first, std::int64_t count) const;
};

/// The pictures of all training datasets by their train.csv; the tasks are its columns. Throws
/// std::invalid_argument where the tables contradict each other or a task has one class alone.
[[nodiscard]] LabelledPictures list_training_pictures(
    const std::vector<contract::DatasetInput>& datasets);

/// The pictures of val.csv of a dataset, whatever its format. A value or column that `tasks` do not
/// know is std::invalid_argument naming the line, and so is a task without column.
[[nodiscard]] LabelledPictures list_evaluation_pictures(const contract::DatasetInput& dataset,
                                                        std::string_view role,
                                                        const std::vector<Task>& tasks);

/// Training batches: pixels, and labels [N, tasks].
class TrainingImages {
 public:
  TrainingImages(LabelledPictures labelled, const TrainOptions& options);

  [[nodiscard]] std::size_t size() const { return pictures_.size(); }

  [[nodiscard]] std::size_t batches() const { return pictures_.batches(); }

  /// As data::TrainingPictures::load().
  [[nodiscard]] engine::Batch load(
      std::uint32_t epoch,
      std::size_t index,
      std::size_t most = std::numeric_limits<std::size_t>::max()) const;

  [[nodiscard]] const LabelledPictures& labelled() const { return labelled_; }

 private:
  LabelledPictures labelled_;
  data::TrainingPictures pictures_;
};

}  // namespace athanor::networks::multitask_classification
