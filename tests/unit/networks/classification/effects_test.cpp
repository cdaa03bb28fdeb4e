// Every parameter that the tables of classification mark as effective, and what shows that it is.
#include "../effects.hpp"

#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>

#include "athanor/data/image.hpp"

namespace athanor::networks::classification {

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

namespace fs = std::filesystem;

constexpr const char* table_data = "a table";
constexpr const char* other_classes = "other classes";

/// Eight dark pictures beside twelve bright ones, so that the weights of classes matter.
contract::DatasetInput folder_data(const fs::path& root) {
  auto dataset = networks::testing::make_dataset(root, "classification");
  for (const auto* name : {"0.png", "1.png", "2.png", "3.png"}) {
    fs::remove(root / "images_train/dark" / name);
  }
  return dataset;
}

/// The same with a third class.
contract::DatasetInput other_data(const fs::path& root) {
  auto dataset = folder_data(root);
  fs::copy(root / "images_train/dark", root / "images_train/dim");
  return dataset;
}

/// Pictures labelled by their shade, by a guess at it and by whether their number is even.
contract::DatasetInput custom_data(const fs::path& root) {
  fs::create_directories(root / "images_train");
  std::string rows = "fname,shade,guess,parity\n";
  cv::RNG random(5);
  for (int i = 0; i < 16; ++i) {
    cv::Mat image(16, 16, CV_8UC3);
    random.fill(image, cv::RNG::NORMAL, i < 8 ? 160 : 96, 30);
    (void)data::write_image(root / "images_train" / fmt::format("{}.png", i), image);
    rows += fmt::format("{}.png,{},{},{}\n",
                        i,
                        i < 8 ? "bright" : "dark",
                        i < 5 ? "bright" : "dark",
                        i % 2 == 0 ? "even" : "odd");
  }
  std::ofstream(root / "train.csv") << rows;
  std::ofstream(root / "val.csv") << rows;
  return {"custom", "image_classification", "custom", root};
}

const contract::DatasetInput& data_of(const std::string& variant) {
  static const athanor::testing::TempDir dir;
  static const auto folders = folder_data(dir.path() / "folders");
  static const auto others = other_data(dir.path() / "others");
  static const auto custom = custom_data(dir.path() / "custom");
  if (variant == table_data) {
    return custom;
  }
  return variant == other_classes ? others : folders;
}

void use_data(SampleJob& job, const std::string& variant) {
  job.request.train_datasets = {data_of(variant)};
  job.request.eval_dataset = data_of(variant);
  job.request.inference_dataset = data_of(variant);
}

/// A training to follow; one on the same kind of data.
const SampleJob& parent_of(const std::string& variant) {
  const auto train = [](const std::string& data, const Settings& settings) {
    auto job = std::make_unique<SampleJob>("classification", "train");
    use_data(*job, data);
    expect_to_work(*job, settings);
    return job;
  };
  static const auto on_folders = train("", {{"train_config.n_epochs", 5}});
  static const auto on_table =
      train(table_data, {{"athanor.label_column", "shade"}, {"train_config.n_epochs", 5}});
  return variant == table_data ? *on_table : *on_folders;
}

networks::testing::RunJob runner_of(const std::string& action) {
  return [action](const Settings& settings, const std::string& variant) {
    SampleJob job("classification", action);
    use_data(job, variant);
    if (action != "train") {
      job.set_parent(parent_of(variant));
    }
    return outcome_of(job, settings);
  };
}

const Settings no_learning{{"train_config.lr_config.step.learning_rate", 0.0},
                           {"model_config.freeze_bn", true},
                           {"train_config.n_epochs", 4}};
/// Pixels that no parent has seen, so that the loss falls at first.
const Settings new_scaling{{"train_config.preprocess_mode", "tf"},
                           {"train_config.n_epochs", 8},
                           {"athanor.early_stopping.patience", 3},
                           {"athanor.monitor", "loss"}};
const Settings with_crop{{"train_config.enable_random_crop", true}};
const Settings with_cosine{{"train_config.lr_config.cosine.learning_rate", 0.03},
                           {"train_config.lr_config.cosine.soft_start", 0.2}};
const Settings with_anneal{{"train_config.lr_config.soft_anneal.learning_rate", 0.03}};
/// A schedule without a rate of its own, so that the optimiser's counts.
const Settings with_sgd{{"train_config.lr_config.cosine.soft_start", 0.2}};
const Settings with_adam{{"train_config.optimizer.adam.lr", 0.001},
                         {"train_config.lr_config.cosine.soft_start", 0.2}};
const Settings with_rmsprop{{"train_config.optimizer.rmsprop.lr", 0.001},
                            {"train_config.lr_config.cosine.soft_start", 0.2}};
const Settings with_mean{{"train_config.preprocess_mode", "caffe"},
                         {"train_config.image_mean", {{"key", "b"}, {"value", 50.0}}}};

/// What describes the model.
std::vector<Effect> model_effects() {
  return all_of({effects_of_backbone(), {effect("model_config.retain_head", true)}});
}

/// What says how to train.
std::vector<Effect> training_effects() {
  return {
      effect("train_config.batch_size_per_gpu", 5),
      effect("train_config.disable_horizontal_flip", true),
      effect("train_config.enable_center_crop", false),
      effect("train_config.enable_color_augmentation", false, with_crop),
      effect("train_config.enable_random_crop", true),
      effect("train_config.image_mean.key", "g", with_mean),
      effect("train_config.image_mean.value", 60.0, with_mean),
      effect("train_config.label_smoothing", 0.1),
      effect("train_config.lr_config.cosine.learning_rate", 0.02, with_cosine),
      effect("train_config.lr_config.cosine.min_lr_ratio", 0.5, with_cosine),
      effect("train_config.lr_config.cosine.soft_start", 0.4, with_cosine),
      effect("train_config.lr_config.soft_anneal.annealing_divider", 2.0, with_anneal),
      effect(
          "train_config.lr_config.soft_anneal.annealing_points", Json::array({0.5}), with_anneal),
      effect("train_config.lr_config.soft_anneal.learning_rate", 0.02, with_anneal),
      effect("train_config.lr_config.soft_anneal.soft_start", 0.3, with_anneal),
      effect("train_config.lr_config.step.gamma", 0.5),
      effect("train_config.lr_config.step.learning_rate", 0.02),
      effect("train_config.lr_config.step.step_size", 30),
      effect("train_config.mixup_alpha", 0.4),
      effect("train_config.n_epochs", 2),
      effect("train_config.n_workers", 1),
      effect("train_config.optimizer.sgd.decay", 0.1),
      effect("train_config.optimizer.sgd.lr", 0.02, with_sgd),
      effect("train_config.optimizer.sgd.momentum", 0.5),
      effect("train_config.optimizer.sgd.nesterov", true),
      effect("train_config.optimizer.adam.lr", 0.002, with_adam),
      effect("train_config.optimizer.adam.beta_1", 0.5, with_adam),
      effect("train_config.optimizer.adam.beta_2", 0.9, with_adam),
      effect("train_config.optimizer.adam.epsilon", 0.01, with_adam),
      effect("train_config.optimizer.adam.decay", 0.1, with_adam),
      effect("train_config.optimizer.rmsprop.lr", 0.002, with_rmsprop),
      effect("train_config.optimizer.rmsprop.rho", 0.5, with_rmsprop),
      effect("train_config.optimizer.rmsprop.epsilon", 0.01, with_rmsprop),
      effect("train_config.optimizer.rmsprop.decay", 0.1, with_rmsprop),
      effect("train_config.preprocess_mode", "tf"),
      effect("train_config.random_seed", 7),
      effect("train_config.reg_config.scope", "Dense"),
      effect("train_config.reg_config.type", "L1"),
      effect("train_config.reg_config.weight_decay", 0.001),
  };
}

std::vector<Effect> evaluation_effects() {
  return {
      effect("eval_config.batch_size", 5),
      effect("eval_config.enable_center_crop", false),
      effect("eval_config.n_workers", 1),
      effect("eval_config.top_k", 1),
  };
}

/// Our own of the training.
std::vector<Effect> added_effects() {
  return all_of({effects_of_training_aids(),
                 effects_of_weights("athanor.class_weights",
                                    {{"key", "dark"}, {"value", 3.0}},
                                    {{"key", "bright"}, {"value", 3.0}}),
                 {effect("athanor.early_stopping.min_delta", 100.0, new_scaling),
                  effect("athanor.early_stopping.patience", 1, no_learning),
                  {.parameter = "athanor.label_column",
                   .changes = {{"athanor.label_column", "parity"}},
                   .given = {{"athanor.label_column", "shade"}},
                   .variant = table_data},
                  effect("athanor.monitor", "loss", {{"train_config.n_epochs", 6}})}});
}

std::vector<Effect> departures_of_training() {
  return departures(all_of({model_effects(), training_effects()}));
}

}  // namespace

TEST(ClassificationEffects, OfTraining) {
  const std::vector<Effect> architecture{effect("athanor.stem", "imagenet"),
                                         effect("athanor.width", 0.25)};
  expect_effects("classification",
                 "train",
                 all_of({model_effects(),
                         training_effects(),
                         evaluation_effects(),
                         added_effects(),
                         architecture}),
                 runner_of("train"));
}

TEST(ClassificationEffects, OfRetraining) {
  auto effects =
      all_of({model_effects(), training_effects(), evaluation_effects(), added_effects()});
  effects.push_back(effect("athanor.checkpoint", "best"));
  for (auto& entry : effects) {
    if (entry.parameter == "model_config.retain_head") {
      entry.variant = other_classes;
      entry.refusal = "model_config.retain_head: the parent's last layer is for the classes";
    }
    if (entry.parameter == "train_config.enable_color_augmentation") {
      entry.changes.front().second = true;  // Off by default here.
    }
  }

  expect_effects("classification", "retrain", effects, runner_of("retrain"));
}

TEST(ClassificationEffects, OfEvaluation) {
  auto effects = all_of({departures_of_training(), evaluation_effects()});
  effects.push_back(effect("batch_size", 3));
  effects.push_back(effect("athanor.checkpoint", "best"));
  effects.push_back({.parameter = "athanor.label_column",
                     .changes = {{"athanor.label_column", "guess"}},
                     .variant = table_data});

  expect_effects("classification", "evaluate", effects, runner_of("evaluate"));
}

TEST(ClassificationEffects, OfInference) {
  auto effects = all_of({departures_of_training(), evaluation_effects()});
  effects.push_back(effect("batch_size", 3));
  effects.push_back(effect("athanor.checkpoint", "best"));

  expect_effects("classification", "inference", effects, runner_of("inference"));
}

TEST(ClassificationEffects, OfExport) {
  expect_effects("classification",
                 "export",
                 all_of({effects_of_tensorrt(),
                         {effect("athanor.checkpoint", "best"),
                          effect("athanor.fold_batch_norm", false),
                          effect("force_ptq", true, {{"data_type", "int8"}}),
                          effect("gen_ds_config", false),
                          {.parameter = "is_byom",
                           .changes = {{"is_byom", true}},
                           .refusal = "is_byom: true stands for an imported model"},
                          effect("max_batch_size", 8),
                          effect("min_batch_size", 2),
                          effect("opt_batch_size", 4),
                          effect("static_batch_size", 3)}}),
                 runner_of("export"));
}

TEST(ClassificationEffects, OfPruning) {
  expect_effects("classification",
                 "prune",
                 effects_of_pruning(Json::array({"layer1", "layer4.0.conv1"})),
                 runner_of("prune"));
}

TEST(ClassificationEffects, OfConversion) {
  SampleJob trained("classification", "train");
  (void)trained.run();

  expect_effects_of_conversion(trained);
}

}  // namespace athanor::networks::classification
