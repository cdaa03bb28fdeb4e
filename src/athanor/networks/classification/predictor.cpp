#include "athanor/networks/classification/predictor.hpp"

#include "athanor/engine/class_tally.hpp"
#include "athanor/networks/classification/options.hpp"

namespace athanor::networks::classification {

Predictor predictor_of(const Model& model) {
  model.backbone->eval();
  return {model.preprocessing,
          model.classes,
          "",
          [backbone = model.backbone](const torch::Tensor& pictures) {
            return backbone->forward(pictures);
          }};
}

Predictor load_predictor(const engine::FinishedModel& finished) {
  if (finished.checkpoint) {
    auto predictor = predictor_of(load_model(*finished.checkpoint));
    predictor.label_column = read_validation_options(finished.spec).label_column;
    return predictor;
  }
  return {engine::preprocessing_of(finished.model),
          engine::member_of(finished.model, "classes").get<std::vector<std::string>>(),
          finished.model.value(label_column_member, ""),
          [run = finished.run](const torch::Tensor& pictures) {
            return engine::logits_of(run(pictures).front().value);
          }};
}

}  // namespace athanor::networks::classification
