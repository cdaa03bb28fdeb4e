#include "athanor/networks/classification/training.hpp"

#include <utility>

#include "athanor/networks/classification/evaluation.hpp"
#include "athanor/networks/classification/loss.hpp"

namespace athanor::networks::classification {

namespace {

std::vector<std::int64_t> labels_of(const data::ImageFolder& folder) {
  std::vector<std::int64_t> labels;
  for (const auto& image : folder.images) {
    labels.push_back(image.label);
  }
  return labels;
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
      class_weights_(class_weights(options.class_weighting,
                                   this->images().folder().classes,
                                   labels_of(this->images().folder()))) {}

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
