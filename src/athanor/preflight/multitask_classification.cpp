#include "athanor/preflight/multitask_classification.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/preflight/backbone_rules.hpp"
#include "athanor/preflight/data_rules.hpp"
#include "athanor/preflight/spec_rules.hpp"
#include "athanor/spec/keys/multitask_classification.hpp"

namespace athanor::preflight::multitask_classification {

namespace {

namespace keys = spec::keys::multitask_classification;
namespace training = keys::training_config;

constexpr Bound number_bounds[] = {
    {training::num_epochs.path, 1},
    {training::batch_size_per_gpu.path, 1},
    {training::n_workers.path, 0},
    {training::max_queue_size.path, 0},
    {training::checkpoint_interval.path, 1},
    {training::optimizer::sgd::momentum.path, 0},
    {training::early_stopping::patience.path, 0},
    {training::early_stopping::min_delta.path, 0},
};

void check_numbers(const JobFacts& job, Faults& faults) {
  if (job.action != "export") {
    check_bounds(job, number_bounds, faults);
  }
}

void check_schedule(const JobFacts& job, Faults& faults) {
  namespace soft = training::learning_rate::soft_start_annealing_schedule;
  if (!job.trains()) {
    return;
  }
  const auto least = job.spec.find(soft::min_learning_rate).value_or(1e-6);
  const auto most = job.spec.find(soft::max_learning_rate).value_or(1e-2);
  if (!(least > 0 && most > 0)) {
    faults.add(soft::self.path,
               "both learning rates must be above 0, since the rate moves between them along an "
               "exponential");
  } else if (least > most) {
    faults.add(soft::min_learning_rate.path,
               fmt::format("{} is above max_learning_rate, {}; exchange them", least, most));
  }
  const auto soft_start = job.spec.find(soft::soft_start).value_or(0.1);
  const auto annealing = job.spec.find(soft::annealing).value_or(0.7);
  if (soft_start > annealing) {
    faults.add(
        soft::soft_start.path,
        fmt::format("the learning rate rises until {} of the training and is to fall from {} "
                    "on; lower soft_start or raise annealing",
                    soft_start,
                    annealing));
  }
}

/// A task for each column, with the classes that all training tables have of it, sorted.
using Tasks = std::map<std::string, std::vector<std::string>>;

void add_classes(const TableFacts& table, Tasks& tasks) {
  for (auto& [name, classes] : tasks) {
    const auto column = table.columns.find(name);
    if (column == table.columns.end()) {
      continue;
    }
    std::vector<std::string> joined;
    std::ranges::set_union(classes, values_of(column->second), std::back_inserter(joined));
    classes = std::move(joined);
  }
}

std::vector<std::string> names_of(const Tasks& tasks) {
  std::vector<std::string> names;
  for (const auto& [name, classes] : tasks) {
    names.push_back(name);
  }
  return names;
}

/// None where a table is not known.
std::optional<Tasks> tasks_of(const std::vector<DataFacts>& train, Faults& faults) {
  std::vector<const TableFacts*> tables;
  for (const auto& data : train) {
    tables.push_back(require_table(data, train_role, train_table, faults));
  }
  if (tables.empty() || std::ranges::find(tables, nullptr) != tables.end()) {
    return std::nullopt;
  }
  Tasks tasks;
  for (const auto& name : columns_of(*tables.front())) {
    tasks[name] = {};
  }
  for (const auto* table : tables) {
    check_same_names(columns_of(*tables.front()), columns_of(*table), train_role, "column", faults);
    add_classes(*table, tasks);
  }
  return tasks;
}

/// Evaluation data have the tasks of the model and their classes, where these are known.
void check_eval_tasks(const DataFacts& eval, const std::optional<Tasks>& known, Faults& faults) {
  const auto* table = require_table(eval, eval_role, eval_table, faults);
  if (table == nullptr || !known) {
    return;
  }
  check_same_names(names_of(*known), columns_of(*table), eval_role, "column", faults);
  for (const auto& [name, counts] : table->columns) {
    if (const auto task = known->find(name); task != known->end()) {
      check_values_known(
          values_of(counts), task->second, eval_role, fmt::format("{} of val.csv", name), faults);
    }
  }
}

/// What athanor.class_weights names, by task.
Tasks weighted_classes(const JobFacts& job, Faults& faults) {
  const auto& key = keys::athanor::class_weights;
  const auto weights = read_named_numbers(job, key.path, faults);
  const auto* list = job.spec.find(key);
  Tasks weighted;
  for (std::size_t i = 0; i < weights.names.size(); ++i) {
    const auto* task = find_path(list->is_array() ? list->at(i) : *list,
                                 keys::athanor::class_weights_item::task.path);
    if (task == nullptr || !task->is_string()) {
      faults.add(key.path, "each item needs a task (the name of its column) beside key and value");
      return {};
    }
    weighted[task->get<std::string>()].push_back(weights.names[i]);
  }
  return weighted;
}

/// Weights are of tasks and classes that there are, where these are known.
void check_weights(const JobFacts& job, const std::optional<Tasks>& known, Faults& faults) {
  const std::string_view of_tasks = keys::athanor::task_weights.path;
  const std::string_view of_classes = keys::athanor::class_weights.path;
  const auto weights = read_named_numbers(job, of_tasks, faults);
  const auto weighted = weighted_classes(job, faults);
  if (!known) {
    return;
  }
  check_known_names(of_tasks, weights.names, names_of(*known), "task", faults);
  check_known_names(of_classes, names_of(weighted), names_of(*known), "task", faults);
  for (const auto& [name, classes] : weighted) {
    if (const auto task = known->find(name); task != known->end()) {
      check_known_names(
          of_classes, classes, task->second, fmt::format("class of {}", name), faults);
    }
  }
}

void check_tasks(const JobFacts& job, Faults& faults) {
  if (!job.trains()) {
    return;
  }
  const auto tasks = tasks_of(job.train, faults);
  check_weights(job, tasks, faults);
  if (!tasks) {
    return;
  }
  for (const auto& [name, classes] : *tasks) {
    if (classes.size() < 2) {
      faults.add(train_role,
                 fmt::format("the column \"{}\" has {} classes; a task needs two at least, so add "
                             "pictures of another or remove the column",
                             name,
                             classes.size()));
    }
  }
  if (job.eval) {
    check_eval_tasks(*job.eval, tasks, faults);
  }
}

/// A model is measured on the tasks of the training that it comes from.
void check_measured_tasks(const JobFacts& job, Faults& faults) {
  if (job.measures() && job.eval) {
    Faults of_training;  // Which tells them itself.
    const auto known = job.origin ? tasks_of(job.origin->data, of_training) : std::nullopt;
    check_eval_tasks(*job.eval, known, faults);
  }
}

/// The figures that a training has, whatever its tasks; a task's accuracy goes by its name.
constexpr std::string_view figures[] = {"loss",
                                        "training_accuracy",
                                        "learning_rate",
                                        "val_loss",
                                        "val_acc",
                                        "val_accuracy",
                                        "validation_loss",
                                        "validation_accuracy",
                                        "mean accuracy"};

void check_monitor(const JobFacts& job, Faults& faults) {
  const auto& key = training::early_stopping::monitor;
  const auto figure = job.trains() ? job.spec.find(key).value_or("") : std::string();
  Faults unheard;
  const auto tasks = job.train.empty() ? std::nullopt : tasks_of(job.train, unheard);
  const auto patience = job.spec.find(training::early_stopping::patience).value_or(0);
  if (figure.empty() || !tasks || patience == 0 ||
      std::ranges::find(figures, figure) != std::end(figures)) {
    return;
  }
  const auto is_of_task = [&figure](const auto& task) {
    return figure == task.first || figure == task.first + " accuracy";
  };
  if (std::ranges::none_of(*tasks, is_of_task)) {
    faults.add(
        key.path,
        fmt::format("a training has no figure \"{}\" to wait for; it has {} and that of each "
                    "task",
                    figure,
                    fmt::join(figures, ", ")));
  }
}

void check_backend(const JobFacts& job, Faults& faults) {
  const auto backend = job.spec.find(keys::backend).value_or("onnx");
  if (job.action == "export" && backend != "onnx") {
    faults.add(keys::backend.path,
               fmt::format("there is no {}: exports are written as onnx alone", backend));
  }
}

void check_batch_of_one(const JobFacts& job, Faults& faults) {
  check_single_pictures(job, training::batch_size_per_gpu.path, faults);
}

void check_momentum(const JobFacts& job, Faults& faults) {
  check_nesterov(
      job, training::optimizer::sgd::nesterov, training::optimizer::sgd::momentum, faults);
}

constexpr Rule all_rules[] = {
    check_numbers,
    check_backbone,
    check_input_size,
    check_frozen_blocks,
    check_activation,
    check_norm_momentum,
    check_batch_of_one,
    check_momentum,
    check_schedule,
    check_tasks,
    check_measured_tasks,
    check_monitor,
    check_backend,
    check_pretrained,
    check_disk,
};

}  // namespace

std::span<const Rule> rules() {
  return all_rules;
}

}  // namespace athanor::preflight::multitask_classification
