#include "athanor/networks/multitask_classification/options.hpp"

#include <string_view>

#include <fmt/format.h>

#include "athanor/spec/keys/multitask_classification.hpp"

namespace athanor::networks::multitask_classification {

namespace {

namespace keys = spec::keys::multitask_classification;
namespace training = keys::training_config;

engine::SoftStartAnnealingRate read_schedule(const spec::SpecView& spec) {
  namespace soft = training::learning_rate::soft_start_annealing_schedule;
  engine::SoftStartAnnealingRate schedule;
  read_into(spec, soft::min_learning_rate, schedule.min_learning_rate);
  read_into(spec, soft::max_learning_rate, schedule.max_learning_rate);
  read_into(spec, soft::soft_start, schedule.soft_start);
  read_into(spec, soft::annealing, schedule.annealing);
  return schedule;
}

engine::Regularizer read_regularizer(const spec::SpecView& spec) {
  engine::Regularizer regularizer;
  const auto type = spec.find(training::regularizer::type).value_or("L1");
  regularizer.penalty =
      type.find("L2") != std::string::npos ? engine::Penalty::l2 : engine::Penalty::l1;
  read_into(spec, training::regularizer::weight, regularizer.weight);
  return regularizer;
}

/// The name that a figure of Keras has here.
std::string figure_of(const std::string& name) {
  if (name == "val_loss") {
    return "validation_loss";
  }
  return name == "val_acc" || name == "val_accuracy" ? "validation_accuracy" : name;
}

/// The rule of the original, which goes before our own.
void read_early_stopping(const spec::SpecView& spec, engine::EarlyStopping& rule) {
  namespace early = training::early_stopping;
  read_into(spec, early::patience, rule.patience);
  read_into(spec, early::min_delta, rule.min_delta);
  if (const auto monitor = spec.find(early::monitor); monitor && !monitor->empty()) {
    const auto figure = figure_of(*monitor);
    rule.monitor = engine::TrainingTask::Monitor{figure, !figure.ends_with("loss")};
  }
}

engine::TrainingOptions read_training(const spec::SpecView& spec) {
  engine::TrainingOptions options;
  options.epochs = spec.find(training::num_epochs).value_or(10);
  read_into(spec, training::n_workers, options.workers);
  read_into(spec, training::max_queue_size, options.batches_ahead);
  read_into(spec, training::checkpoint_interval, options.checkpoint_interval);
  read_into(spec, keys::random_seed, options.seed);
  engine::Sgd sgd;
  read_into(spec, training::optimizer::sgd::momentum, sgd.momentum);
  read_into(spec, training::optimizer::sgd::nesterov, sgd.nesterov);
  options.optimizer.kind = sgd;
  options.schedule = read_schedule(spec);
  options.regularizer = read_regularizer(spec);
  classification::read_training_aids(spec, options);
  read_early_stopping(spec, options.early_stopping);
  return options;
}

std::map<std::string, std::map<std::string, double>> read_class_weights(
    const spec::SpecView& spec) {
  std::map<std::string, std::map<std::string, double>> weights;
  if (const auto* given = spec.find(keys::athanor::class_weights)) {
    for (const auto& item : *given) {
      auto& of_task = weights[item.at("task").get<std::string>()];
      of_task[item.at("key").get<std::string>()] = item.at("value").get<double>();
    }
  }
  return weights;
}

backbones::BackboneOptions read_headless_backbone(const spec::SpecView& spec,
                                                  const data::Preprocessing& preprocessing) {
  auto backbone = classification::read_backbone(spec, preprocessing);
  backbone.num_classes = 0;
  return backbone;
}

}  // namespace

TrainOptions read_train_options(const spec::SpecView& spec) {
  TrainOptions options;
  options.preprocessing = classification::read_preprocessing(spec);
  if (const auto name = spec.find(keys::athanor::preprocess_mode)) {
    options.preprocessing.mode = data::parse_preprocess_mode(*name).value();
  }
  options.backbone = read_headless_backbone(spec, options.preprocessing);
  options.augmentation = {.horizontal_flip = true, .shift = 0.1, .zoom = 0.2};
  options.frozen = classification::read_frozen(spec);
  read_into(spec, keys::model_config::use_imagenet_head, options.imagenet_head);
  read_into(spec, training::batch_size_per_gpu, options.batch_size);
  read_into(spec, keys::athanor::auto_batch_size, options.auto_batch_size);
  read_into(spec, training::use_multiprocessing, options.wants_processes);
  options.training = read_training(spec);
  read_into(spec, training::enable_qat, options.train_for_int8);
  read_into(spec, keys::athanor::monitor, options.monitor);
  options.task_weights = classification::read_factors(spec, keys::athanor::task_weights);
  options.balanced_classes =
      spec.find(keys::athanor::class_weighting).value_or("none") == "balanced";
  options.class_weights = read_class_weights(spec);
  return options;
}

data::ReadingOptions read_reading_options(const spec::SpecView& spec) {
  data::ReadingOptions options{.batch_size = 32, .workers = 2, .center_crop = false};
  read_into(spec, training::batch_size_per_gpu, options.batch_size);
  read_into(spec, training::n_workers, options.workers);
  read_into(spec, keys::n_workers, options.workers);
  // Where there are two, the default of this one is 1, which stands for none.
  const bool is_only_one = !spec.has(training::batch_size_per_gpu.path);
  if (const auto at_once = spec.find(keys::batch_size); at_once && (is_only_one || *at_once > 1)) {
    options.batch_size = *at_once;
  }
  return options;
}

}  // namespace athanor::networks::multitask_classification
