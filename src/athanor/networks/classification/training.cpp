#include "athanor/networks/classification/training.hpp"

#include <utility>

#include "athanor/networks/classification/evaluation.hpp"
#include "athanor/networks/classification/loss.hpp"

namespace athanor::networks::classification {

ClassificationTask::ClassificationTask(Model model,
                                       TrainingImages images,
                                       std::optional<data::ImageFolder> validation,
                                       EvaluationOptions validation_options)
    : model_(std::move(model)),
      images_(std::move(images)),
      validation_(std::move(validation)),
      validation_options_(validation_options) {}

engine::StepResult ClassificationTask::step(const engine::Batch& batch) {
  const auto logits = model_.backbone->forward(batch.input);
  const auto& targets = batch.targets[0];
  const auto& labels = batch.targets[1];
  const auto right = logits.argmax(1).eq(labels).sum().item<double>();
  return {soft_cross_entropy(logits, targets),
          {{"training_accuracy", right / static_cast<double>(batch.size)}}};
}

engine::Figures ClassificationTask::validate(const std::stop_token& stop) {
  if (!validation_) {
    return {};
  }
  const auto heed = [&stop](std::int64_t) {
    if (stop.stop_requested()) {
      throw engine::Stopped("Stopped during validation");
    }
  };
  const auto result = evaluate_images(model_, *validation_, validation_options_, heed);
  return {{"validation_loss", result.loss},
          {"validation_accuracy", result.confusion.accuracy()},
          {"validation_top_k_accuracy", result.top_k_accuracy}};
}

engine::TrainingTask::Monitor ClassificationTask::monitor() const {
  return {validation_ ? "validation_accuracy" : "training_accuracy", true};
}

std::vector<std::string> ClassificationTask::kpi_names() const {
  return {"validation_accuracy", "validation_loss"};
}

}  // namespace athanor::networks::classification
