#include "athanor/networks/multitask_classification/training.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "athanor/engine/class_tally.hpp"
#include "athanor/networks/classification/loss.hpp"
#include "athanor/networks/multitask_classification/evaluation.hpp"
#include "athanor/spec/keys/multitask_classification.hpp"

namespace athanor::networks::multitask_classification {

namespace {

/// `path` is that of the parameter which names the task.
std::size_t place_of(const std::string& name,
                     const std::vector<Task>& tasks,
                     std::string_view path) {
  const auto found = std::ranges::find(tasks, name, &Task::name);
  if (found == tasks.end()) {
    throw std::invalid_argument(
        fmt::format("{}: there is no task \"{}\"; tasks are the columns of train.csv", path, name));
  }
  return static_cast<std::size_t>(found - tasks.begin());
}

/// Of one task, without the missing ones.
std::vector<std::int64_t> labels_of(const LabelledPictures& labelled, std::size_t task) {
  std::vector<std::int64_t> labels;
  for (const auto& of_picture : labelled.labels) {
    if (of_picture[task] != engine::ClassTally::no_label) {
      labels.push_back(of_picture[task]);
    }
  }
  return labels;
}

std::vector<TaskWeight> weights_of(const LabelledPictures& labelled, const TrainOptions& options) {
  namespace keys = spec::keys::multitask_classification::athanor;
  const auto& tasks = labelled.tasks;
  std::vector<TaskWeight> weights(tasks.size());
  for (const auto& [name, factor] : options.task_weights) {
    weights[place_of(name, tasks, keys::task_weights.path)].factor = factor;
  }
  const classification::ClassWeighting usual{options.balanced_classes, {}};
  std::vector<classification::ClassWeighting> weightings(tasks.size(), usual);
  for (const auto& [name, factors] : options.class_weights) {
    weightings[place_of(name, tasks, keys::class_weights.path)].factors = factors;
  }
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    weights[i].of_classes =
        classification::class_weights(weightings[i],
                                      tasks[i].classes,
                                      labels_of(labelled, i),
                                      fmt::format("class of {}", tasks[i].name));
  }
  return weights;
}

}  // namespace

MultitaskTask::MultitaskTask(Model model,
                             TrainingImages images,
                             std::optional<LabelledPictures> validation,
                             const TrainOptions& options)
    : PictureTask(std::move(images),
                  std::move(validation),
                  options.batch_size,
                  // The batches of the training serve the validation too.
                  {options.batch_size, options.training.workers, /*center_crop=*/false},
                  options.monitor),
      model_(std::move(model)),
      weights_(weights_of(this->images().labelled(), options)) {}

engine::StepResult MultitaskTask::step(const engine::Batch& batch) {
  const auto logits = model_.net->forward(batch.input);
  const auto& labels = batch.targets.front();
  return {joint_loss(logits, labels, weights_),
          {{"training_accuracy", mean_accuracy(logits, labels)}}};
}

engine::Figures MultitaskTask::measure(const LabelledPictures& labelled, const Advance& advance) {
  const auto tallies =
      evaluate_pictures(predictor_of(model_), labelled, validation_reading(), advance);
  engine::Figures figures{{"validation_accuracy", mean_accuracy(tallies)},
                          {"mean accuracy", mean_accuracy(tallies)},
                          {"validation_loss", 0}};
  for (std::size_t i = 0; i < tallies.size(); ++i) {
    figures["validation_loss"] += weights_[i].factor * tallies[i].loss();
    figures[kpi_name(model_.tasks[i])] = tallies[i].accuracy();
  }
  return figures;
}

std::vector<std::string> MultitaskTask::kpi_names() const {
  std::vector<std::string> names{"validation_accuracy", "validation_loss", "mean accuracy"};
  for (const auto& task : model_.tasks) {
    names.push_back(kpi_name(task));
  }
  return names;
}

}  // namespace athanor::networks::multitask_classification
