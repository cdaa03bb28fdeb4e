#include "athanor/networks/classification/network.hpp"

#include <array>
#include <optional>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "athanor/core/json_file.hpp"
#include "athanor/core/value_or_throw.hpp"
#include "athanor/engine/batch_size.hpp"
#include "athanor/engine/model_export.hpp"
#include "athanor/engine/progress.hpp"
#include "athanor/engine/schedule.hpp"
#include "athanor/engine/seeding.hpp"
#include "athanor/engine/training_spec.hpp"
#include "athanor/networks/classification/data.hpp"
#include "athanor/networks/classification/evaluation.hpp"
#include "athanor/networks/classification/export_model.hpp"
#include "athanor/networks/classification/loss.hpp"
#include "athanor/networks/classification/postprocess.hpp"
#include "athanor/networks/classification/predictor.hpp"
#include "athanor/networks/classification/pretrained_start.hpp"
#include "athanor/networks/classification/retraining.hpp"
#include "athanor/networks/classification/training.hpp"
#include "athanor/spec/keys/classification.hpp"

namespace athanor::networks::classification {

namespace {

data::ImageFolder list_training_images(const engine::Job& job, const std::string& label_column) {
  const auto& datasets = job.request.train_datasets;
  if (datasets.empty()) {
    throw std::invalid_argument("train_datasets: the model has none; link one with labels");
  }
  auto folder = list_labelled(datasets.front(), "train_datasets", Split::train, label_column);
  for (std::size_t i = 1; i < datasets.size(); ++i) {
    const auto more =
        list_labelled(datasets[i], "train_datasets", Split::train, label_column, folder.classes);
    folder.images.insert(folder.images.end(), more.images.begin(), more.images.end());
  }
  if (folder.classes.size() < 2) {
    throw std::invalid_argument(
        fmt::format("train_datasets: there is one class alone, \"{}\"; add pictures of another",
                    folder.classes.front()));
  }
  return folder;
}

/// A fresh model, or the parent's.
Model starting_model(const std::optional<engine::Checkpoint>& parent,
                     const TrainOptions& options,
                     const std::vector<std::string>& classes) {
  engine::seed_torch({options.training.seed, 0, 0, data::RandomUse::weights});
  if (!parent) {
    return make_model(options.backbone, options.preprocessing, classes);
  }
  const auto& trained = parent->model.at("classes");
  if (options.backbone.retain_head && trained != Json(classes)) {
    throw std::invalid_argument(fmt::format(
        "model_config.retain_head: the parent's last layer is for the classes {}; train on these, "
        "or turn retain_head off",
        to_text(trained)));
  }
  return continue_model(*parent, options.backbone, options.preprocessing, classes);
}

/// For the choice of a batch size: the model in a training on so many pictures.
engine::BatchSizeProbe probe_of(const Model& model, std::size_t pictures) {
  const auto classes = static_cast<std::int64_t>(model.classes.size());
  return {model.backbone,
          model.preprocessing.picture_shape(),
          static_cast<std::int64_t>(pictures),
          [backbone = model.backbone, classes](const torch::Tensor& pixels) {
            return soft_cross_entropy(backbone->forward(pixels),
                                      torch::zeros({pixels.size(0), classes}));
          }};
}

void write_class_map(const engine::Job& job, const std::vector<std::string>& classes) {
  Json map = Json::object();
  for (std::size_t i = 0; i < classes.size(); ++i) {
    map[classes[i]] = i;
  }
  throw_if_failed(write_json_file(job.artifacts / "classmap.json", map));
}

/// None does where the schedule took the optimiser's, for want of a rate of its own.
void log_rate_that_gives_way(const engine::Job& job, const engine::TrainingOptions& training) {
  const double own = training.optimizer.learning_rate;
  if (const double peak = engine::peak_of(*training.schedule); peak != own) {
    job.log(fmt::format(
        "The optimiser's learning rate {} gives way to that of lr_config, {}", own, peak));
  }
}

/// What a user may wonder about later, said once at the start.
void log_choices(const engine::Job& job,
                 const TrainOptions& options,
                 const TrainingImages& images) {
  const auto name = backbones::full_name(options.backbone);
  const auto& training = options.training;
  job.log(
      fmt::format("Training {} on {} pictures of {} classes, {} a step, {} epochs, {} reader "
                  "threads, a checkpoint every {} minutes",
                  name,
                  images.size(),
                  images.folder().classes.size(),
                  options.batch_size,
                  training.epochs,
                  training.workers,
                  training.checkpoint_minutes));
  log_rate_that_gives_way(job, training);
  for (const auto path : unheeded_parameters(spec::SpecView(job.request.spec), options.backbone)) {
    // Whatever its backbone, a trained model has a head to keep.
    const bool heeded = (job.request.pretrained || job.request.parent) &&
                        path == spec::keys::classification::model_config::retain_head.path;
    if (!heeded) {
      job.log(fmt::format("Warning: {} has no effect on {}", path, name));
    }
  }
  if (!job.request.eval_dataset) {
    job.log("No eval_dataset is linked: there are no validation figures");
    return;
  }
  const auto& reading = options.validation.reading;
  job.log(fmt::format("Validation: {} pictures at once, {} reader threads, top-{}",
                      reading.batch_size,
                      reading.workers,
                      options.validation.top_k));
}

void log_reading(const engine::Job& job, const EvaluationOptions& options) {
  job.log(fmt::format("{} pictures at once, {} reader threads, {}",
                      options.reading.batch_size,
                      options.reading.workers,
                      options.reading.center_crop ? "centre crop" : "whole pictures"));
}

/// The pictures to evaluate a model on.
data::ImageFolder list_evaluation_images(const engine::Job& job,
                                         const EvaluationOptions& options,
                                         const Predictor& predictor) {
  return list_labelled(engine::require_dataset(job.request.eval_dataset, "eval_dataset"),
                       "eval_dataset",
                       Split::evaluation,
                       options.label_column.empty() ? predictor.label_column : options.label_column,
                       predictor.classes);
}

engine::ClassTally tally_images(const engine::Job& job,
                                const Predictor& predictor,
                                const data::ImageFolder& folder,
                                const EvaluationOptions& options) {
  engine::Progress progress(job, "Evaluation", static_cast<std::int64_t>(folder.size()));
  return evaluate_images(
      predictor, folder, options, [&](std::int64_t count) { progress.advance(count); });
}

class Classification : public engine::Network {
 public:
  [[nodiscard]] std::string_view name() const override { return "classification"; }

  [[nodiscard]] std::span<const std::string_view> actions() const override {
    static constexpr std::array<std::string_view, 7> names{
        "train", "evaluate", "prune", "retrain", "export", "convert", "inference"};
    return names;
  }

  [[nodiscard]] engine::Training prepare_training(const engine::Job& job) const override {
    auto options = read_train_options(spec::SpecView(job.request.spec));
    auto folder = list_training_images(job, options.label_column);
    std::optional<data::ImageFolder> validation;
    if (job.request.eval_dataset) {
      validation = list_labelled(*job.request.eval_dataset,
                                 "eval_dataset",
                                 Split::evaluation,
                                 options.label_column,
                                 folder.classes);
    }
    const auto parent = parent_of(*this, job, options.frozen);
    if (parent) {
      options.preprocessing = pixels_after(*parent, options.preprocessing);
      warn_of_new_pixels(job, *parent, options.preprocessing);
    }
    if (options.auto_batch_size) {
      options.batch_size = engine::settle_batch_size(
          job,
          options.batch_size,
          options.training,
          probe_of(starting_model(parent, options, folder.classes), folder.size()));
      options.training.settled.emplace(
          spec::keys::classification::train_config::batch_size_per_gpu.path, options.batch_size);
    }
    auto model = starting_model(parent, options, folder.classes);
    log_fate_of_head(job, parent, folder.classes);
    start_from_pretrained(job, model.options, *model.backbone);
    options.backbone = model.options;
    freeze(*model.backbone, options.frozen);
    write_class_map(job, folder.classes);
    TrainingImages images(std::move(folder), options);
    log_choices(job, options, images);
    options.training.network = name();
    options.training.weights_name = options.backbone.arch;
    options.training.settled.merge(settled_architecture(job, parent));
    return {std::make_unique<ClassificationTask>(
                std::move(model), std::move(images), std::move(validation), options),
            options.training};
  }

  [[nodiscard]] engine::Report evaluate(const engine::Job& job,
                                        const engine::FinishedModel& model) const override {
    const auto options = read_evaluation_options(spec::SpecView(job.request.spec));
    engine::log_departures(job, model.spec, {"model_config", "train_config"});
    log_reading(job, options);
    const auto predictor = load_predictor(model);
    const auto folder = list_evaluation_images(job, options, predictor);
    const auto tally = tally_images(job, predictor, folder, options);
    return report_evaluation(job, tally, folder, options);
  }

  [[nodiscard]] engine::Metric measure(const engine::Job& job,
                                       const engine::FinishedModel& model) const override {
    auto options = read_validation_options(model.spec);
    auto& center_crop = options.reading.center_crop;
    center_crop = model.model.value(center_crop_member, center_crop);
    const auto predictor = load_predictor(model);
    const auto folder = list_evaluation_images(job, options, predictor);
    return {"accuracy", tally_images(job, predictor, folder, options).accuracy()};
  }

  [[nodiscard]] engine::Report infer(const engine::Job& job,
                                     const engine::FinishedModel& model) const override {
    const auto options = read_evaluation_options(spec::SpecView(job.request.spec));
    engine::log_departures(job, model.spec, {"model_config", "train_config"});
    log_reading(job, options);
    const auto& dataset =
        engine::require_dataset(job.request.inference_dataset, "inference_dataset");
    return infer_images(job, load_predictor(model), options, dataset.root);
  }

  [[nodiscard]] engine::Report export_model(const engine::Job& job,
                                            const engine::Checkpoint& checkpoint) const override {
    return engine::export_model(job, graph_to_export(checkpoint));
  }

  [[nodiscard]] engine::TrainedModel load(const engine::Checkpoint& checkpoint) const override {
    const auto model = load_model(checkpoint);
    return {model.backbone,
            [net = model.backbone](const std::vector<torch::Tensor>& inputs)
                -> std::vector<torch::Tensor> { return {net->forward(inputs.front())}; },
            model.preprocessing.picture_shape()};
  }
};

}  // namespace

std::unique_ptr<engine::Network> make_network() {
  return std::make_unique<Classification>();
}

}  // namespace athanor::networks::classification
