#pragma once

#include <string>
#include <vector>

#include "athanor/engine/training_task.hpp"
#include "athanor/networks/@name@/data.hpp"
#include "athanor/networks/@name@/model.hpp"

namespace athanor::networks::@name@ {

/// A model in training.
class @Name@Task : public engine::TrainingTask {
 public:
  @Name@Task(Model model, TrainingData data);

  [[nodiscard]] torch::nn::Module& module() override { return *model_.module; }

  [[nodiscard]] std::size_t batches_per_epoch() const override { return data_.batches(); }

  [[nodiscard]] engine::Batch load(std::uint32_t epoch, std::size_t index) const override {
    return data_.load(epoch, index);
  }

  [[nodiscard]] engine::StepResult step(const engine::Batch& batch) override;
  [[nodiscard]] engine::Figures validate(const std::stop_token& stop) override;

  [[nodiscard]] Extent extent() const override;

  [[nodiscard]] Json model_description() const override { return describe(model_); }

  [[nodiscard]] Monitor monitor() const override;
  [[nodiscard]] std::vector<std::string> kpi_names() const override;

 private:
  Model model_;
  TrainingData data_;
};

}  // namespace athanor::networks::@name@
