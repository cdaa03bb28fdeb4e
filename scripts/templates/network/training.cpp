#include "athanor/networks/@name@/training.hpp"

#include <stdexcept>
#include <utility>

namespace athanor::networks::@name@ {

@Name@Task::@Name@Task(Model model,
                       TrainingData data,
                       std::optional<EvaluationData> validation,
                       const TrainOptions& options)
    : PictureTask(std::move(data),
                  std::move(validation),
                  options.batch_size,
                  options.validation,
                  "validation_loss"),
      model_(std::move(model)) {}

engine::StepResult @Name@Task::step(const engine::Batch& /*batch*/) {
  throw std::logic_error("@name@: run the model and its loss");
}

engine::Figures @Name@Task::measure(const EvaluationData& /*labelled*/,
                                    const Advance& /*advance*/) {
  throw std::logic_error("@name@: measure the model on the validation data");
}

std::vector<std::string> @Name@Task::kpi_names() const {
  return {"validation_loss"};
}

}  // namespace athanor::networks::@name@
