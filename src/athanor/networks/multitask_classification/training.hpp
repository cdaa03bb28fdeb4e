#pragma once

#include <optional>

#include "athanor/engine/training_task.hpp"
#include "athanor/networks/multitask_classification/data.hpp"
#include "athanor/networks/multitask_classification/model.hpp"

namespace athanor::networks::multitask_classification {

/// A classifier of several tasks in training.
class MultitaskTask : public engine::TrainingTask {
 public:
  /// Without `validation` there are no validation figures. `model` has the tasks of `images`.
  MultitaskTask(Model model,
                TrainingImages images,
                std::optional<LabelledPictures> validation,
                const TrainOptions& options);

  [[nodiscard]] torch::nn::Module& module() override { return *model_.net; }

  [[nodiscard]] std::size_t batches_per_epoch() const override { return images_.batches(); }

  [[nodiscard]] engine::Batch load(std::uint32_t epoch, std::size_t index) const override {
    return images_.load(epoch, index);
  }

  [[nodiscard]] engine::Batch load_first(std::int64_t most) const override {
    return images_.load(1, 0, static_cast<std::size_t>(most));
  }

  [[nodiscard]] Extent extent() const override;

  [[nodiscard]] engine::StepResult step(const engine::Batch& batch) override;
  [[nodiscard]] engine::Figures validate(const std::stop_token& stop) override;

  [[nodiscard]] Json model_description() const override { return describe(model_); }

  [[nodiscard]] Monitor monitor() const override;
  [[nodiscard]] std::vector<std::string> kpi_names() const override;

 private:
  Model model_;
  TrainingImages images_;
  std::optional<LabelledPictures> validation_;
  data::ReadingOptions validation_reading_;
  std::vector<double> weights_;  ///< By task.
};

}  // namespace athanor::networks::multitask_classification
