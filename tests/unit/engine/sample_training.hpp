#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "support/epoch_lines.hpp"
#include "support/temp_dir.hpp"

#include "athanor/contract/job_request.hpp"
#include "athanor/engine/trainer.hpp"

namespace athanor::engine::testing {

/// Fits y = w x + b to eight points in batches of two; batch norm and dropout make it depend on
/// state and on torch's generator.
class LineTask : public TrainingTask {
 public:
  LineTask() {
    torch::manual_seed(5);
    module_->push_back(torch::nn::Linear(3, 4));
    module_->push_back(torch::nn::BatchNorm1d(4));
    module_->push_back(torch::nn::Dropout(0.2));
    module_->push_back(torch::nn::Linear(4, 1));
  }

  torch::nn::Module& module() override { return *module_; }

  [[nodiscard]] std::size_t batches_per_epoch() const override { return 4; }

  [[nodiscard]] Batch load(std::uint32_t epoch, std::size_t index) const override {
    const auto input = torch::arange(6, torch::kFloat32).reshape({2, 3}) / 6 +
                       static_cast<double>(index) / 4 + static_cast<double>(epoch) / 100;
    return {input, {input.sum(1, true)}, 2};
  }

  StepResult step(const Batch& batch) override {
    auto loss = torch::mse_loss(module_->forward(batch.input), batch.targets[0]) * loss_factor;
    return {loss, {{"training_accuracy", 0.5}}};
  }

  Figures validate(const std::stop_token& stop) override {
    if (stop.stop_requested()) {
      throw Stopped("Stopped during validation");
    }
    return {{"validation_loss", validation_losses.at(validated_++)}};
  }

  [[nodiscard]] Json model_description() const override { return {{"kind", "line"}}; }

  [[nodiscard]] Monitor monitor() const override { return {"validation_loss", false}; }

  [[nodiscard]] std::vector<std::string> kpi_names() const override { return {"validation_loss"}; }

  double loss_factor = 1;
  std::vector<double> validation_losses = {4, 1, 3, 2, 2, 2};

 private:
  torch::nn::Sequential module_;
  std::size_t validated_ = 0;
};

/// A job directory with what an engine needs of it.
struct SampleJob {
  athanor::testing::TempDir dir;
  contract::JobRequest request;
  StatusWriter status{dir.path() / contract::status_file};
  std::stop_source stop;
  std::vector<std::string> log;
  Job job{request, dir.path(), status, stop.get_token(), [this](std::string_view line) {
            log.emplace_back(line);
          }};

  /// The status lines that end an epoch.
  [[nodiscard]] std::vector<contract::StatusLine> epoch_lines() const {
    return athanor::testing::epoch_lines(dir.path() / contract::status_file);
  }
};

}  // namespace athanor::engine::testing
