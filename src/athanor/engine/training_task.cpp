#include "athanor/engine/training_task.hpp"

#include <algorithm>
#include <utility>

namespace athanor::engine {

Batch first_samples(const Batch& batch, std::int64_t most) {
  Batch first{batch.input, {}, std::min(most, batch.size)};
  first.input = batch.input.narrow(0, 0, first.size);
  for (const auto& target : batch.targets) {
    first.targets.push_back(target.narrow(0, 0, first.size));
  }
  return first;
}

TrainingTask::Monitor monitor_of(std::string figure, bool validates) {
  if (!validates && figure.starts_with("validation_")) {
    figure = figure == "validation_loss" ? "loss" : "training_accuracy";
  }
  const bool is_loss = figure.ends_with("loss");
  return {std::move(figure), !is_loss};
}

Batch TrainingTask::load_first(std::int64_t most) const {
  return first_samples(load(1, 0), most);
}

}  // namespace athanor::engine
