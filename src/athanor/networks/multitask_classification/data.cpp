#include "athanor/networks/multitask_classification/data.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/core/value_or_throw.hpp"
#include "athanor/data/label_table.hpp"
#include "athanor/engine/class_tally.hpp"

namespace athanor::networks::multitask_classification {

namespace {

data::LabelTable read_table(const contract::DatasetInput& dataset,
                            std::string_view role,
                            std::string_view name) {
  return value_or_throw<std::invalid_argument>(data::read_label_table(dataset.root, name), role);
}

std::vector<std::string> names_of(const std::vector<Task>& tasks) {
  std::vector<std::string> names;
  for (const auto& task : tasks) {
    names.push_back(task.name);
  }
  return names;
}

/// The columns of a table in the order of the tasks.
std::vector<std::size_t> columns_of(const data::LabelTable& table,
                                    std::string_view role,
                                    const std::vector<Task>& tasks) {
  const auto names = names_of(tasks);
  for (const auto& column : table.columns) {
    if (std::find(names.begin(), names.end(), column) == names.end()) {
      throw std::invalid_argument(fmt::format(
          "{}: {} has a column \"{}\", for which there is no task; there are {}; remove "
          "the column",
          role,
          table.file,
          column,
          fmt::join(names, ", ")));
    }
  }
  std::vector<std::size_t> columns;
  for (const auto& name : names) {
    columns.push_back(value_or_throw<std::invalid_argument>(table.column(name), role));
  }
  return columns;
}

std::int64_t label_of(const data::LabelTable& table,
                      const data::LabelRow& row,
                      std::string_view role,
                      const Task& task,
                      const std::string& value) {
  if (value.empty()) {
    return engine::ClassTally::no_label;
  }
  const auto found = std::find(task.classes.begin(), task.classes.end(), value);
  if (found == task.classes.end()) {
    throw std::invalid_argument(
        fmt::format("{}: {}: the model does not know \"{}\" as {}; it knows {}",
                    role,
                    table.place_of(row),
                    value,
                    task.name,
                    fmt::join(task.classes, ", ")));
  }
  return found - task.classes.begin();
}

void append(LabelledPictures& labelled, const data::LabelTable& table, std::string_view role) {
  const auto columns = columns_of(table, role, labelled.tasks);
  for (const auto& row : table.rows) {
    std::vector<std::int64_t> labels;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      labels.push_back(label_of(table, row, role, labelled.tasks[i], row.values[columns[i]]));
    }
    labelled.pictures.push_back(row.picture);
    labelled.labels.push_back(std::move(labels));
  }
}

/// The columns of the first table, with the labels of all.
std::vector<Task> tasks_of(const std::vector<data::LabelTable>& tables, std::string_view role) {
  std::vector<Task> tasks;
  for (const auto& name : std::set(tables.front().columns.begin(), tables.front().columns.end())) {
    std::set<std::string> classes;
    for (const auto& table : tables) {
      const auto column = value_or_throw<std::invalid_argument>(table.column(name), role);
      const auto labels = table.labels_of(column);
      classes.insert(labels.begin(), labels.end());
    }
    if (classes.size() < 2) {
      throw std::invalid_argument(
          fmt::format("{}: the column \"{}\" has {} classes; a task needs two at least, so add "
                      "pictures of another or remove the column",
                      role,
                      name,
                      classes.size()));
    }
    tasks.push_back({name, {classes.begin(), classes.end()}});
  }
  return tasks;
}

}  // namespace

torch::Tensor LabelledPictures::labels_from(std::size_t first, std::int64_t count) const {
  const auto width = static_cast<std::int64_t>(tasks.size());
  auto tensor = torch::empty({count, width}, torch::kInt64);
  auto* values = tensor.data_ptr<std::int64_t>();
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    values = std::copy(labels[first + i].begin(), labels[first + i].end(), values);
  }
  return tensor;
}

LabelledPictures list_training_pictures(const std::vector<contract::DatasetInput>& datasets) {
  constexpr std::string_view role = "train_datasets";
  if (datasets.empty()) {
    throw std::invalid_argument("train_datasets: the model has none; link one with a train.csv");
  }
  std::vector<data::LabelTable> tables;
  for (const auto& dataset : datasets) {
    tables.push_back(read_table(dataset, role, "train.csv"));
  }
  LabelledPictures labelled;
  labelled.tasks = tasks_of(tables, role);
  for (const auto& table : tables) {
    append(labelled, table, role);
  }
  return labelled;
}

LabelledPictures list_evaluation_pictures(const contract::DatasetInput& dataset,
                                          std::string_view role,
                                          const std::vector<Task>& tasks) {
  LabelledPictures labelled;
  labelled.tasks = tasks;
  append(labelled, read_table(dataset, role, "val.csv"), role);
  return labelled;
}

TrainingImages::TrainingImages(LabelledPictures labelled, const TrainOptions& options)
    : labelled_(std::move(labelled)),
      pictures_(labelled_.pictures,
                options.augmentation,
                options.preprocessing,
                options.batch_size,
                options.training.seed) {}

engine::Batch TrainingImages::load(std::uint32_t epoch, std::size_t index, std::size_t most) const {
  auto batch = pictures_.load(epoch, index, most);
  std::vector<torch::Tensor> rows;
  for (const auto sample : batch.samples) {
    rows.push_back(labelled_.labels_from(sample, 1));
  }
  return {batch.pixels, {torch::cat(rows)}, static_cast<std::int64_t>(batch.samples.size())};
}

}  // namespace athanor::networks::multitask_classification
