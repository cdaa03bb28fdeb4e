#include "athanor/networks/@name@/training.hpp"

#include <stdexcept>
#include <utility>

namespace athanor::networks::@name@ {

@Name@Task::@Name@Task(Model model, TrainingData data)
    : model_(std::move(model)), data_(std::move(data)) {}

engine::StepResult @Name@Task::step(const engine::Batch& /*batch*/) {
  throw std::logic_error("@name@: run the model and its loss");
}

engine::Figures @Name@Task::validate(const std::stop_token& /*stop*/) {
  throw std::logic_error("@name@: measure the model on the validation data");
}

engine::TrainingTask::Extent @Name@Task::extent() const {
  throw std::logic_error("@name@: say how much data a training reads");
}

engine::TrainingTask::Monitor @Name@Task::monitor() const {
  return {"validation_loss", false};
}

std::vector<std::string> @Name@Task::kpi_names() const {
  return {"validation_loss"};
}

}  // namespace athanor::networks::@name@
