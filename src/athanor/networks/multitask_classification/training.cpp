#include "athanor/networks/multitask_classification/training.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "athanor/networks/multitask_classification/evaluation.hpp"
#include "athanor/networks/multitask_classification/loss.hpp"

namespace athanor::networks::multitask_classification {

namespace {

std::vector<double> weights_of(const std::vector<Task>& tasks,
                               const std::map<std::string, double>& given) {
  std::vector<double> weights(tasks.size(), 1.0);
  for (const auto& [name, weight] : given) {
    const auto found = std::find_if(
        tasks.begin(), tasks.end(), [&name](const Task& task) { return task.name == name; });
    if (found == tasks.end()) {
      throw std::invalid_argument(fmt::format(
          "athanor.task_weights: there is no task \"{}\"; tasks are the columns of train.csv",
          name));
    }
    weights[static_cast<std::size_t>(found - tasks.begin())] = weight;
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
      weights_(weights_of(model_.tasks, options.task_weights)) {}

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
    figures["validation_loss"] += weights_[i] * tallies[i].loss();
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
