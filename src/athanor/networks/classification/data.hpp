#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "athanor/batches/picture_batches.hpp"
#include "athanor/contract/job_request.hpp"
#include "athanor/data/image_folder.hpp"
#include "athanor/engine/training_task.hpp"
#include "athanor/networks/classification/options.hpp"

namespace athanor::networks::classification {

/// Which pictures of a dataset of format custom: the rows of train.csv or those of val.csv.
enum class Split { train, evaluation };

/// The labelled pictures of a dataset: a folder for each class, or in format custom the column
/// `label_column` of the split's table, of which rows without a label are left out. `known_classes`
/// fixes the classes, as in data::list_image_folder(). Errors begin with `role`, "eval_dataset",
/// and throw std::invalid_argument.
[[nodiscard]] data::ImageFolder list_labelled(const contract::DatasetInput& dataset,
                                              std::string_view role,
                                              Split split,
                                              const std::string& label_column,
                                              const std::vector<std::string>& known_classes = {});

[[nodiscard]] std::vector<std::filesystem::path> paths_of(const data::ImageFolder& folder);

/// Training batches: pixels, target probabilities [N, classes] and labels [N].
class TrainingImages {
 public:
  TrainingImages(data::ImageFolder folder, const TrainOptions& options);

  [[nodiscard]] std::size_t size() const { return pictures_.size(); }

  [[nodiscard]] std::size_t batches() const { return pictures_.batches(); }

  /// As data::TrainingPictures::load().
  [[nodiscard]] engine::Batch load(
      std::uint32_t epoch,
      std::size_t index,
      std::size_t most = std::numeric_limits<std::size_t>::max()) const;

  [[nodiscard]] const data::ImageFolder& folder() const { return folder_; }

 private:
  data::ImageFolder folder_;
  data::TrainingPictures pictures_;
  double label_smoothing_;
  double mixup_alpha_;
};

}  // namespace athanor::networks::classification
