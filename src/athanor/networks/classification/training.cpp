#include "athanor/networks/classification/training.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/networks/classification/evaluation.hpp"
#include "athanor/networks/classification/loss.hpp"

namespace athanor::networks::classification {

namespace {

/// Undefined where all classes count the same.
torch::Tensor class_weights(const ClassWeighting& weighting, const data::ImageFolder& folder) {
  if (!weighting.balanced && weighting.factors.empty()) {
    return {};
  }
  const auto classes = static_cast<std::int64_t>(folder.classes.size());
  auto weights = torch::ones({classes});
  if (weighting.balanced) {
    std::vector<std::int64_t> labels;
    for (const auto& image : folder.images) {
      labels.push_back(image.label);
    }
    weights = balanced_weights(labels, classes);
  }
  for (const auto& [name, factor] : weighting.factors) {
    const auto found = std::find(folder.classes.begin(), folder.classes.end(), name);
    if (found == folder.classes.end()) {
      throw std::invalid_argument(
          fmt::format("athanor.class_weights: there is no class \"{}\"; there are {}",
                      name,
                      fmt::join(folder.classes, ", ")));
    }
    weights[found - folder.classes.begin()] *= factor;
  }
  return weights;
}

}  // namespace

ClassificationTask::ClassificationTask(Model model,
                                       TrainingImages images,
                                       std::optional<data::ImageFolder> validation,
                                       const TrainOptions& options)
    : PictureTask(std::move(images),
                  std::move(validation),
                  options.batch_size,
                  options.validation.reading,
                  options.monitor),
      model_(std::move(model)),
      validation_options_(options.validation),
      class_weights_(class_weights(options.class_weighting, this->images().folder())) {}

engine::StepResult ClassificationTask::step(const engine::Batch& batch) {
  const auto logits = model_.backbone->forward(batch.input);
  const auto& targets = batch.targets[0];
  const auto& labels = batch.targets[1];
  const auto right = logits.argmax(1).eq(labels).sum().item<double>();
  return {soft_cross_entropy(logits, targets, class_weights_),
          {{"training_accuracy", right / static_cast<double>(batch.size)}}};
}

engine::Figures ClassificationTask::measure(const data::ImageFolder& labelled,
                                            const Advance& advance) {
  const auto tally = evaluate_images(predictor_of(model_), labelled, validation_options_, advance);
  return {{"validation_loss", tally.loss()},
          {"validation_accuracy", tally.accuracy()},
          {"validation_top_k_accuracy", tally.top_k_accuracy()}};
}

std::vector<std::string> ClassificationTask::kpi_names() const {
  return {"validation_accuracy", "validation_loss"};
}

}  // namespace athanor::networks::classification
