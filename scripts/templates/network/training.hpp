#pragma once

#include <optional>
#include <string>
#include <vector>

#include "athanor/engine/picture_task.hpp"
#include "athanor/networks/@name@/data.hpp"
#include "athanor/networks/@name@/model.hpp"

namespace athanor::networks::@name@ {

/// A model in training.
class @Name@Task : public engine::PictureTask<TrainingData, EvaluationData> {
 public:
  @Name@Task(Model model,
             TrainingData data,
             std::optional<EvaluationData> validation,
             const TrainOptions& options);

  [[nodiscard]] torch::nn::Module& module() override { return *model_.module; }

  [[nodiscard]] engine::StepResult step(const engine::Batch& batch) override;

  [[nodiscard]] Json model_description() const override { return describe(model_); }

  [[nodiscard]] std::vector<std::string> kpi_names() const override;

 protected:
  [[nodiscard]] engine::Figures measure(const EvaluationData& labelled,
                                        const Advance& advance) override;

 private:
  Model model_;
};

}  // namespace athanor::networks::@name@
