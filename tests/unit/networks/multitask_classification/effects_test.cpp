// Every parameter that the tables of multitask_classification mark as effective, and what shows
// that it is.
#include "../effects.hpp"

#include <gtest/gtest.h>

namespace athanor::networks::multitask_classification {

namespace {

using networks::testing::all_of;
using networks::testing::departures;
using networks::testing::effect;
using networks::testing::Effect;
using networks::testing::effects_of_backbone;
using networks::testing::effects_of_pruning;
using networks::testing::effects_of_tensorrt;
using networks::testing::effects_of_training_aids;
using networks::testing::effects_of_weights;
using networks::testing::expect_effects;
using networks::testing::expect_effects_of_conversion;
using networks::testing::expect_to_work;
using networks::testing::outcome_of;
using networks::testing::SampleJob;
using networks::testing::Settings;

constexpr const char* subject = "multitask_classification";
const std::string schedule = "training_config.learning_rate.soft_start_annealing_schedule.";

const Settings standstill{{schedule + "min_learning_rate", 1e-12},
                          {schedule + "max_learning_rate", 1e-12},
                          {"model_config.freeze_bn", true},
                          {"model_config.use_imagenet_head", true}};

constexpr const char* trained_for_int8 = "trained for int8";

std::unique_ptr<SampleJob> finished_training(const Settings& settings) {
  auto job = std::make_unique<SampleJob>(subject, "train");
  expect_to_work(*job, settings);
  return job;
}

const SampleJob& parent() {
  static const auto job = finished_training({{"training_config.num_epochs", 12}});
  return *job;
}

const SampleJob& parent_for_int8() {
  static const auto job = finished_training({{"training_config.enable_qat", true}});
  return *job;
}

networks::testing::RunJob runner_of(const std::string& action) {
  return [action](const Settings& settings, const std::string& variant) {
    SampleJob job(subject, action);
    if (action != "train") {
      job.set_parent(variant == trained_for_int8 ? parent_for_int8() : parent());
    }
    return outcome_of(job, settings);
  };
}

std::vector<Effect> effects_of_model() {
  return all_of({effects_of_backbone(), {effect("model_config.use_imagenet_head", true)}});
}

std::vector<Effect> effects_of_training() {
  return {
      effect("random_seed", 7),
      effect("training_config.checkpoint_interval", 2),
      effect("training_config.enable_qat", true),
      effect(schedule + "annealing", 0.5),
      effect(schedule + "max_learning_rate", 0.015),
      effect(schedule + "min_learning_rate", 5e-5),
      effect(schedule + "soft_start", 0.3),
      effect("training_config.max_queue_size", 7),
      effect("training_config.num_epochs", 2),
      effect("training_config.optimizer.sgd.momentum", 0.5),
      effect("training_config.optimizer.sgd.nesterov", true),
      effect("training_config.regularizer.type", "__L2__"),
      effect("training_config.regularizer.weight", 0.001),
      effect("training_config.use_multiprocessing", true),
  };
}

std::vector<Effect> effects_of_reading() {
  return {effect("training_config.batch_size_per_gpu", 5), effect("training_config.n_workers", 1)};
}

std::vector<Effect> effects_of_our_own() {
  const std::string of_classes = "athanor.class_weights";
  const Json red{{"task", "tint"}, {"key", "red"}, {"value", 3.0}};
  const Json blue{{"task", "tint"}, {"key", "blue"}, {"value", 3.0}};
  const Json dark{{"task", "shade"}, {"key", "dark"}, {"value", 3.0}};
  return all_of({effects_of_training_aids(),
                 effects_of_weights(of_classes, red, blue),
                 effects_of_weights("athanor.task_weights",
                                    {{"key", "tint"}, {"value", 3.0}},
                                    {{"key", "shade"}, {"value", 3.0}}),
                 {effect("athanor.monitor", "loss"),
                  {.parameter = of_classes + ".task",
                   .changes = {{of_classes, Json::array({dark})}},
                   .given = {{of_classes, Json::array({red})}}}}});
}

Effect best_checkpoint() {
  return effect("athanor.checkpoint", "best");
}

}  // namespace

TEST(MultitaskEffects, OfTraining) {
  Settings patient = standstill;
  patient.emplace_back("training_config.num_epochs", 4);
  expect_effects(
      subject,
      "train",
      all_of({effects_of_model(),
              effects_of_training(),
              effects_of_reading(),
              effects_of_our_own(),
              {effect("athanor.early_stopping.patience", 1, patient),
               effect("athanor.early_stopping.min_delta",
                      100.0,
                      {{"athanor.early_stopping.patience", 2}, {"training_config.num_epochs", 8}}),
               effect("athanor.preprocess_mode", "torch"),
               effect("athanor.stem", "imagenet"),
               effect("athanor.width", 0.25)}}),
      runner_of("train"));
}

TEST(MultitaskEffects, OfRetraining) {
  const std::string early = "training_config.early_stopping.";
  // The rate rises to the end; the accuracy of a trained parent does not.
  const Settings by_rate{{schedule + "soft_start", 0.9},
                         {schedule + "annealing", 0.95},
                         {"training_config.num_epochs", 6},
                         {early + "patience", 1},
                         {early + "monitor", "learning_rate"}};
  expect_effects(subject,
                 "retrain",
                 all_of({effects_of_model(),
                         effects_of_training(),
                         effects_of_reading(),
                         effects_of_our_own(),
                         {effect(early + "patience", 1, {{early + "min_delta", 100.0}}),
                          effect(early + "min_delta",
                                 100.0,
                                 {{early + "patience", 1}, {early + "monitor", "loss"}}),
                          effect(early + "monitor", "val_accuracy", by_rate),
                          best_checkpoint()}}),
                 runner_of("retrain"));
}

TEST(MultitaskEffects, OfEvaluationAndInference) {
  const std::string early = "training_config.early_stopping.";
  const auto effects = all_of({departures(effects_of_model()),
                               departures(effects_of_training()),
                               effects_of_reading(),
                               {effect(early + "patience", 1),
                                effect(early + "min_delta", 0.5),
                                effect(early + "monitor", "loss"),
                                best_checkpoint()}});
  auto evaluation = effects;
  evaluation.push_back(effect("batch_size", 3));

  expect_effects(subject, "evaluate", evaluation, runner_of("evaluate"));
  expect_effects(subject, "inference", effects, runner_of("inference"));
}

TEST(MultitaskEffects, OfPruning) {
  expect_effects(subject,
                 "prune",
                 effects_of_pruning(Json::array({"backbone.layer1", "heads"})),
                 runner_of("prune"));
}

TEST(MultitaskEffects, OfExportAndConfmat) {
  expect_effects(subject,
                 "export",
                 all_of({effects_of_tensorrt(),
                         {best_checkpoint(),
                          effect("athanor.fold_batch_norm", false),
                          {.parameter = "backend",
                           .changes = {{"backend", "uff"}},
                           .refusal = "backend: there is no uff"},
                          {.parameter = "force_ptq",
                           .changes = {{"force_ptq", true}},
                           .given = {{"data_type", "int8"}},
                           .variant = trained_for_int8},
                          effect("gen_ds_config", false),
                          effect("max_batch_size", 8)}}),
                 runner_of("export"));
  expect_effects(subject,
                 "confmat",
                 {best_checkpoint(), effect("batch_size", 5), effect("n_workers", 1)},
                 runner_of("confmat"));
}

TEST(MultitaskEffects, OfConversion) {
  expect_effects_of_conversion(parent());
}

}  // namespace athanor::networks::multitask_classification
