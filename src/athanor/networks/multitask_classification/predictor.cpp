#include "athanor/networks/multitask_classification/predictor.hpp"

#include <stdexcept>

#include <fmt/format.h>

#include "athanor/engine/class_tally.hpp"

namespace athanor::networks::multitask_classification {

Predictor predictor_of(const Model& model) {
  model.net->eval();
  return {model.preprocessing, model.tasks, [net = model.net](const torch::Tensor& pictures) {
            return net->forward(pictures);
          }};
}

Predictor load_predictor(const engine::FinishedModel& finished) {
  if (finished.checkpoint) {
    return predictor_of(load_model(*finished.checkpoint));
  }
  const auto logits = [run = finished.run](const torch::Tensor& pictures) {
    std::vector<torch::Tensor> by_task;
    for (const auto& output : run(pictures)) {
      by_task.push_back(engine::logits_of(output.value));
    }
    return by_task;
  };
  return {engine::preprocessing_of(finished.model), tasks_in(finished.model), logits};
}

}  // namespace athanor::networks::multitask_classification
