#include "athanor/networks/classification/data.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/core/value_or_throw.hpp"
#include "athanor/data/label_table.hpp"
#include "athanor/networks/classification/loss.hpp"

namespace athanor::networks::classification {

namespace {

/// The pictures of a table's rows, labelled by one of its columns.
Result<data::ImageFolder> list_table(const data::LabelTable& table,
                                     const std::string& label_column,
                                     const std::vector<std::string>& known_classes) {
  if (label_column.empty()) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("format custom needs athanor.label_column, the column that holds the "
                            "class; {} has {}",
                            table.file,
                            fmt::join(table.columns, ", ")));
  }
  ATHANOR_TRY(const auto column, table.column(label_column));
  data::ImageFolder result;
  result.classes = known_classes.empty() ? table.labels_of(column) : known_classes;
  for (const auto& row : table.rows) {
    const auto& label = row.values[column];
    if (label.empty()) {
      continue;
    }
    const auto found = std::find(result.classes.begin(), result.classes.end(), label);
    if (found == result.classes.end()) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("{}: the model does not know the class \"{}\"; it knows {}",
                              table.place_of(row),
                              label,
                              fmt::join(result.classes, ", ")));
    }
    result.images.push_back({row.picture, found - result.classes.begin()});
  }
  if (result.images.empty()) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("no row of {} has a value in the column {}", table.file, label_column));
  }
  return result;
}

Result<data::ImageFolder> list_dataset(const contract::DatasetInput& dataset,
                                       Split split,
                                       const std::string& label_column,
                                       const std::vector<std::string>& known_classes) {
  if (dataset.format != "custom") {
    return data::list_image_folder(dataset.root, known_classes);
  }
  ATHANOR_TRY(
      const auto table,
      data::read_label_table(dataset.root, split == Split::train ? "train.csv" : "val.csv"));
  return list_table(table, label_column, known_classes);
}

}  // namespace

data::ImageFolder list_labelled(const contract::DatasetInput& dataset,
                                std::string_view role,
                                Split split,
                                const std::string& label_column,
                                const std::vector<std::string>& known_classes) {
  return value_or_throw<std::invalid_argument>(
      list_dataset(dataset, split, label_column, known_classes), role);
}

std::vector<std::filesystem::path> paths_of(const data::ImageFolder& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& image : folder.images) {
    paths.push_back(image.path);
  }
  return paths;
}

TrainingImages::TrainingImages(data::ImageFolder folder, const TrainOptions& options)
    : folder_(std::move(folder)),
      pictures_(paths_of(folder_),
                options.augmentation,
                options.preprocessing,
                options.batch_size,
                options.training.seed),
      label_smoothing_(options.label_smoothing),
      mixup_alpha_(options.mixup_alpha) {}

engine::Batch TrainingImages::load(std::uint32_t epoch, std::size_t index, std::size_t most) const {
  auto batch = pictures_.load(epoch, index, most);
  std::vector<std::int64_t> labels;
  for (const auto sample : batch.samples) {
    labels.push_back(folder_.images[sample].label);
  }
  auto targets =
      smooth_targets(labels, static_cast<std::int64_t>(folder_.classes.size()), label_smoothing_);
  if (mixup_alpha_ > 0) {
    mix_up(batch.pixels, targets, mixup_alpha_, batch.keys);
  }
  return {batch.pixels,
          {targets, torch::tensor(labels)},
          static_cast<std::int64_t>(batch.samples.size())};
}

}  // namespace athanor::networks::classification
