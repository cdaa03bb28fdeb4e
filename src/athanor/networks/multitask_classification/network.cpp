#include "athanor/networks/multitask_classification/network.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "athanor/core/json_file.hpp"
#include "athanor/core/value_or_throw.hpp"
#include "athanor/data/prefetcher.hpp"
#include "athanor/engine/batch_size.hpp"
#include "athanor/engine/model_export.hpp"
#include "athanor/engine/progress.hpp"
#include "athanor/engine/seeding.hpp"
#include "athanor/engine/training_spec.hpp"
#include "athanor/networks/classification/model.hpp"
#include "athanor/networks/classification/options.hpp"
#include "athanor/networks/classification/pretrained_start.hpp"
#include "athanor/networks/classification/retraining.hpp"
#include "athanor/networks/multitask_classification/evaluation.hpp"
#include "athanor/networks/multitask_classification/export_model.hpp"
#include "athanor/networks/multitask_classification/loss.hpp"
#include "athanor/networks/multitask_classification/postprocess.hpp"
#include "athanor/networks/multitask_classification/predictor.hpp"
#include "athanor/networks/multitask_classification/training.hpp"
#include "athanor/spec/keys/multitask_classification.hpp"
#include "athanor/tensor/int8_training.hpp"

namespace athanor::networks::multitask_classification {

namespace {

/// A fresh model, or the parent's.
Model starting_model(const std::optional<engine::Checkpoint>& parent,
                     const TrainOptions& options,
                     const std::vector<Task>& tasks) {
  engine::seed_torch({options.training.seed, 0, 0, data::RandomUse::weights});
  return parent ? continue_model(*parent, options, tasks)
                : make_model(options.backbone, options.imagenet_head, options.preprocessing, tasks);
}

/// For the choice of a batch size: the model in a training on so many pictures.
engine::BatchSizeProbe probe_of(const Model& model, std::size_t pictures) {
  const std::vector<TaskWeight> weights(model.tasks.size());
  return {model.net,
          model.preprocessing.picture_shape(),
          static_cast<std::int64_t>(pictures),
          [net = model.net, weights](const torch::Tensor& pixels) {
            const auto tasks = static_cast<std::int64_t>(weights.size());
            return joint_loss(net->forward(pixels),
                              torch::zeros({pixels.size(0), tasks}, torch::kInt64),
                              weights);
          }};
}

void write_class_mapping(const engine::Job& job, const std::vector<Task>& tasks) {
  throw_if_failed(write_json_file(job.artifacts / "class_mapping.json", class_mapping(tasks)));
}

void log_choices(const engine::Job& job,
                 const Model& model,
                 const TrainOptions& options,
                 const LabelledPictures& labelled) {
  std::size_t missing = 0;
  for (const auto& labels : labelled.labels) {
    missing += static_cast<std::size_t>(
        std::count(labels.begin(), labels.end(), engine::ClassTally::no_label));
  }
  const auto architecture = backbones::full_name(model.options);
  const auto& training = options.training;
  job.log(fmt::format(
      "Training {} on {} pictures of {} tasks, {} a step, {} epochs, the best by {}, {} reader "
      "threads with {} batches ready, a checkpoint every {} epochs and every {} minutes",
      architecture,
      labelled.pictures.size(),
      labelled.tasks.size(),
      options.batch_size,
      training.epochs,
      engine::monitor_of(options.monitor, job.request.eval_dataset.has_value()).figure,
      training.workers,
      data::items_ahead(training.workers, training.batches_ahead),
      training.checkpoint_interval,
      training.checkpoint_minutes));
  if (options.wants_processes) {
    job.log("Pictures are read by threads, which share what processes would have to copy");
  }
  if (missing > 0) {
    job.log(fmt::format("{} labels are missing and left out of the loss", missing));
  }
  for (const auto path : classification::unheeded_parameters(
           spec::SpecView(job.request.spec), model.options, "multitask_classification")) {
    job.log(fmt::format("Warning: {} has no effect on {}", path, architecture));
  }
  if (!job.request.eval_dataset) {
    job.log("No eval_dataset is linked: there are no validation figures");
  }
}

void log_other_training(const engine::Job& job, const Json& trained_with) {
  engine::log_departures(job,
                         trained_with,
                         {"random_seed",
                          "model_config",
                          "training_config.enable_qat",
                          "training_config.num_epochs",
                          "training_config.learning_rate",
                          "training_config.regularizer",
                          "training_config.checkpoint_interval",
                          "training_config.max_queue_size",
                          "training_config.use_multiprocessing",
                          "training_config.early_stopping",
                          "training_config.optimizer"});
}

/// Tallies of the job's evaluation data, with the pictures that they are about.
struct Evaluated {
  LabelledPictures labelled;
  std::vector<engine::ClassTally> tallies;
};

Evaluated evaluate_dataset(const engine::Job& job,
                           const engine::FinishedModel& model,
                           const data::ReadingOptions& reading) {
  const auto predictor = load_predictor(model);
  const auto& dataset = engine::require_dataset(job.request.eval_dataset, "eval_dataset");
  auto labelled = list_evaluation_pictures(dataset, "eval_dataset", predictor.tasks);
  engine::Progress progress(job, "Evaluation", static_cast<std::int64_t>(labelled.pictures.size()));
  auto tallies = evaluate_pictures(
      predictor, labelled, reading, [&](std::int64_t count) { progress.advance(count); });
  return {std::move(labelled), std::move(tallies)};
}

data::ReadingOptions read_and_log_reading(const engine::Job& job, const Json& trained_with) {
  const auto reading = read_reading_options(spec::SpecView(job.request.spec));
  log_other_training(job, trained_with);
  job.log(
      fmt::format("{} pictures at once, {} reader threads", reading.batch_size, reading.workers));
  return reading;
}

class MultitaskClassification : public engine::Network {
 public:
  [[nodiscard]] std::string_view name() const override { return "multitask_classification"; }

  [[nodiscard]] std::span<const std::string_view> actions() const override {
    static constexpr std::array<std::string_view, 8> names{
        "train", "evaluate", "prune", "retrain", "export", "convert", "inference", "confmat"};
    return names;
  }

  [[nodiscard]] engine::Training prepare_training(const engine::Job& job) const override {
    auto options = read_train_options(spec::SpecView(job.request.spec));
    auto labelled = list_training_pictures(job.request.train_datasets);
    std::optional<LabelledPictures> validation;
    if (job.request.eval_dataset) {
      validation =
          list_evaluation_pictures(*job.request.eval_dataset, "eval_dataset", labelled.tasks);
    }
    const auto parent = classification::parent_of(*this, job, options.frozen);
    if (options.auto_batch_size) {
      options.batch_size = engine::settle_batch_size(
          job,
          options.batch_size,
          options.training,
          probe_of(starting_model(parent, options, labelled.tasks), labelled.size()));
      options.training.settled.emplace(
          spec::keys::multitask_classification::training_config::batch_size_per_gpu.path,
          options.batch_size);
    }
    auto model = starting_model(parent, options, labelled.tasks);
    options.preprocessing = model.preprocessing;  // Of a retraining, as its parent has them.
    classification::start_from_pretrained(job, model.options, model.net->backbone());
    classification::freeze(model.net->backbone(), options.frozen);
    if (options.train_for_int8) {
      job.log(fmt::format("{} layers are trained as int8 computes them",
                          tensor::train_for_int8(*model.net)));
    }
    write_class_mapping(job, labelled.tasks);
    log_choices(job, model, options, labelled);
    options.training.network = name();
    options.training.weights_name =
        fmt::format("multitask_cls_{}_epoch", backbones::full_name(model.options));
    options.training.settled.merge(classification::settled_architecture(job, parent));
    return {std::make_unique<MultitaskTask>(std::move(model),
                                            TrainingImages(std::move(labelled), options),
                                            std::move(validation),
                                            options),
            options.training};
  }

  [[nodiscard]] engine::Report evaluate(const engine::Job& job,
                                        const engine::FinishedModel& model) const override {
    const auto evaluated = evaluate_dataset(job, model, read_and_log_reading(job, model.spec));
    return report_evaluation(job, evaluated.tallies, evaluated.labelled);
  }

  [[nodiscard]] engine::Metric measure(const engine::Job& job,
                                       const engine::FinishedModel& model) const override {
    const auto reading =
        read_reading_options(spec::SpecView(model.spec.is_object() ? model.spec : Json::object()));
    return {"mean accuracy", mean_accuracy(evaluate_dataset(job, model, reading).tallies)};
  }

  [[nodiscard]] engine::Report infer(const engine::Job& job,
                                     const engine::FinishedModel& model) const override {
    const auto reading = read_and_log_reading(job, model.spec);
    const auto& dataset =
        engine::require_dataset(job.request.inference_dataset, "inference_dataset");
    return infer_pictures(job, load_predictor(model), reading, dataset.root);
  }

  [[nodiscard]] engine::Report export_model(const engine::Job& job,
                                            const engine::Checkpoint& checkpoint) const override {
    write_class_mapping(job, tasks_in(checkpoint.model));
    return engine::export_model(job, graph_to_export(checkpoint));
  }

  [[nodiscard]] engine::TrainedModel load(const engine::Checkpoint& checkpoint) const override {
    const auto model = load_model(checkpoint);
    return {model.net,
            [net = model.net](const std::vector<torch::Tensor>& inputs) {
              return net->forward(inputs.front());
            },
            model.preprocessing.picture_shape()};
  }

  [[nodiscard]] engine::Report do_other(const engine::Job& job,
                                        const engine::Checkpoint& checkpoint) const override {
    const auto evaluated = evaluate_dataset(
        job, engine::finished_model(checkpoint), read_and_log_reading(job, checkpoint.spec));
    return report_confusion(job, evaluated.tallies, evaluated.labelled);
  }
};

}  // namespace

std::unique_ptr<engine::Network> make_network() {
  return std::make_unique<MultitaskClassification>();
}

}  // namespace athanor::networks::multitask_classification
