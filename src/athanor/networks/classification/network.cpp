#include "athanor/networks/classification/network.hpp"

#include <array>
#include <optional>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "athanor/core/files.hpp"
#include "athanor/engine/progress.hpp"
#include "athanor/engine/seeding.hpp"
#include "athanor/networks/classification/evaluation.hpp"
#include "athanor/networks/classification/export_model.hpp"
#include "athanor/networks/classification/postprocess.hpp"
#include "athanor/networks/classification/pretrained_start.hpp"
#include "athanor/networks/classification/training.hpp"

namespace athanor::networks::classification {

namespace {

/// Errors of a dataset name its role: "eval_dataset: the dataset lacks ...".
data::ImageFolder list_or_throw(const contract::DatasetInput& dataset,
                                std::string_view role,
                                const std::vector<std::string>& classes = {}) {
  auto folder = data::list_image_folder(dataset.root, classes);
  if (!folder) {
    throw std::invalid_argument(folder.error().within(role).message);
  }
  return *std::move(folder);
}

data::ImageFolder list_training_images(const engine::Job& job) {
  const auto& datasets = job.request.train_datasets;
  if (datasets.empty()) {
    throw std::invalid_argument("train_datasets: the model has none; link one with labels");
  }
  auto folder = list_or_throw(datasets.front(), "train_datasets");
  for (std::size_t i = 1; i < datasets.size(); ++i) {
    const auto more = list_or_throw(datasets[i], "train_datasets", folder.classes);
    folder.images.insert(folder.images.end(), more.images.begin(), more.images.end());
  }
  if (folder.classes.size() < 2) {
    throw std::invalid_argument(
        fmt::format("train_datasets: there is one class alone, \"{}\"; add pictures of another",
                    folder.classes.front()));
  }
  return folder;
}

void write_class_map(const engine::Job& job, const std::vector<std::string>& classes) {
  Json map = Json::object();
  for (std::size_t i = 0; i < classes.size(); ++i) {
    map[classes[i]] = i;
  }
  const auto status =
      write_file_atomic(job.artifacts / "classmap.json", to_pretty_text(map) + "\n");
  if (!status) {
    throw std::runtime_error(status.error().message);
  }
}

void freeze(Model& model, const TrainOptions& options) {
  if (const auto status = model.backbone->freeze_blocks(options.frozen_blocks); !status) {
    throw std::invalid_argument("model_config.freeze_blocks: " + status.error().message);
  }
  if (options.freeze_batch_norm) {
    model.backbone->freeze_batch_norm();
  }
}

/// What a user may wonder about later, said once at the start.
void log_choices(const engine::Job& job,
                 const TrainOptions& options,
                 const TrainingImages& images) {
  job.log(fmt::format("Training {}{} on {} pictures of {} classes, {} a step, {} epochs",
                      options.backbone.arch,
                      options.backbone.n_layers,
                      images.folder().images.size(),
                      images.folder().classes.size(),
                      options.batch_size,
                      options.epochs));
  if (options.schedule) {
    job.log(fmt::format("The optimiser's learning rate {} gives way to that of lr_config",
                        options.optimizer.learning_rate));
  }
  if (options.retain_head && !job.request.pretrained) {
    job.log("retain_head changes nothing: the training starts without a pretrained model");
  }
  if (!job.request.eval_dataset) {
    job.log("No eval_dataset is linked: there are no validation figures");
  }
}

const contract::DatasetInput& require_dataset(const std::optional<contract::DatasetInput>& dataset,
                                              std::string_view role) {
  if (!dataset) {
    throw std::invalid_argument(fmt::format("{}: the model has none; link one", role));
  }
  return *dataset;
}

class Classification : public engine::Network {
 public:
  [[nodiscard]] std::string_view name() const override { return "classification"; }

  [[nodiscard]] std::span<const std::string_view> actions() const override {
    static constexpr std::array<std::string_view, 4> names{
        "train", "evaluate", "export", "inference"};
    return names;
  }

  [[nodiscard]] engine::Training prepare_training(const engine::Job& job) const override {
    const auto options = read_train_options(spec::SpecView(job.request.spec));
    TrainingImages images(list_training_images(job), options);
    const auto& classes = images.folder().classes;
    std::optional<data::ImageFolder> validation;
    if (job.request.eval_dataset) {
      validation = list_or_throw(*job.request.eval_dataset, "eval_dataset", classes);
    }
    engine::seed_torch({options.seed, 0, 0, data::RandomUse::weights});
    auto model = make_model(options.backbone, options.preprocessing, classes);
    if (job.request.pretrained) {
      start_from_pretrained(job, *job.request.pretrained, options.retain_head, model);
    }
    freeze(model, options);
    write_class_map(job, classes);
    log_choices(job, options, images);
    return {std::make_unique<ClassificationTask>(
                std::move(model), std::move(images), std::move(validation), options.validation),
            {.network = std::string(name()),
             .weights_name = options.backbone.arch,
             .epochs = options.epochs,
             .workers = options.workers,
             .seed = options.seed,
             .optimizer = options.optimizer,
             .schedule = options.schedule,
             .regularizer = options.regularizer}};
  }

  [[nodiscard]] engine::Report evaluate(const engine::Job& job,
                                        const engine::Checkpoint& checkpoint) const override {
    const auto options = read_evaluation_options(spec::SpecView(job.request.spec));
    const auto model = load_model(checkpoint);
    const auto folder = list_or_throw(
        require_dataset(job.request.eval_dataset, "eval_dataset"), "eval_dataset", model.classes);
    engine::Progress progress(job, "Evaluation", static_cast<std::int64_t>(folder.images.size()));
    const auto evaluation = evaluate_images(
        model, folder, options, [&](std::int64_t count) { progress.advance(count); });
    write_evaluation(evaluation, model.classes, options, job.artifacts);
    return report_of(evaluation, model.classes);
  }

  [[nodiscard]] engine::Report infer(const engine::Job& job,
                                     const engine::Checkpoint& checkpoint) const override {
    const auto options = read_evaluation_options(spec::SpecView(job.request.spec));
    const auto& dataset = require_dataset(job.request.inference_dataset, "inference_dataset");
    return infer_images(job, load_model(checkpoint), options, dataset.root);
  }

  [[nodiscard]] engine::Report export_model(const engine::Job& job,
                                            const engine::Checkpoint& checkpoint) const override {
    return export_classifier(job, load_model(checkpoint));
  }
};

}  // namespace

std::unique_ptr<engine::Network> make_network() {
  return std::make_unique<Classification>();
}

}  // namespace athanor::networks::classification
