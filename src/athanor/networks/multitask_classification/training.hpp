#pragma once

#include <optional>

#include "athanor/engine/picture_task.hpp"
#include "athanor/networks/multitask_classification/data.hpp"
#include "athanor/networks/multitask_classification/loss.hpp"
#include "athanor/networks/multitask_classification/model.hpp"

namespace athanor::networks::multitask_classification {

/// A classifier of several tasks in training.
class MultitaskTask : public engine::PictureTask<TrainingImages, LabelledPictures> {
 public:
  /// Without `validation` there are no validation figures. `model` has the tasks of `images`.
  MultitaskTask(Model model,
                TrainingImages images,
                std::optional<LabelledPictures> validation,
                const TrainOptions& options);

  [[nodiscard]] torch::nn::Module& module() override { return *model_.net; }

  [[nodiscard]] engine::StepResult step(const engine::Batch& batch) override;

  [[nodiscard]] Json model_description() const override { return describe(model_); }

  [[nodiscard]] std::vector<std::string> kpi_names() const override;

 protected:
  [[nodiscard]] engine::Figures measure(const LabelledPictures& labelled,
                                        const Advance& advance) override;

 private:
  Model model_;
  std::vector<TaskWeight> weights_;  ///< By task.
};

}  // namespace athanor::networks::multitask_classification
