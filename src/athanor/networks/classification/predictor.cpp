#include "athanor/networks/classification/predictor.hpp"

#include "athanor/engine/class_tally.hpp"

namespace athanor::networks::classification {

Predictor predictor_of(const Model& model) {
  model.backbone->eval();
  return {model.preprocessing,
          model.classes,
          [backbone = model.backbone](const torch::Tensor& pictures) {
            return backbone->forward(pictures);
          }};
}

Predictor load_predictor(const engine::FinishedModel& finished) {
  if (finished.checkpoint) {
    return predictor_of(load_model(*finished.checkpoint));
  }
  return {engine::preprocessing_of(finished.model),
          engine::member_of(finished.model, "classes").get<std::vector<std::string>>(),
          [run = finished.run](const torch::Tensor& pictures) {
            return engine::logits_of(run(pictures).front().value);
          }};
}

}  // namespace athanor::networks::classification
