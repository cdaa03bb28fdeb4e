#pragma once

#include <optional>

#include "athanor/engine/picture_task.hpp"
#include "athanor/networks/classification/data.hpp"
#include "athanor/networks/classification/model.hpp"

namespace athanor::networks::classification {

/// A classifier in training.
class ClassificationTask : public engine::PictureTask<TrainingImages, data::ImageFolder> {
 public:
  /// Without `validation` there are no validation figures. `model` has the classes of `images`.
  ClassificationTask(Model model,
                     TrainingImages images,
                     std::optional<data::ImageFolder> validation,
                     const TrainOptions& options);

  [[nodiscard]] torch::nn::Module& module() override { return *model_.backbone; }

  [[nodiscard]] engine::StepResult step(const engine::Batch& batch) override;

  [[nodiscard]] Json model_description() const override { return describe(model_); }

  [[nodiscard]] std::vector<std::string> kpi_names() const override;

 protected:
  [[nodiscard]] engine::Figures measure(const data::ImageFolder& labelled,
                                        const Advance& advance) override;

 private:
  Model model_;
  EvaluationOptions validation_options_;
  torch::Tensor class_weights_;  ///< Undefined where all count the same.
};

}  // namespace athanor::networks::classification
