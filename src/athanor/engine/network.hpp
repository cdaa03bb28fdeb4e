#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "athanor/engine/checkpoint.hpp"
#include "athanor/engine/finished_model.hpp"
#include "athanor/engine/job.hpp"
#include "athanor/engine/trainer.hpp"
#include "athanor/engine/training_task.hpp"

namespace athanor::engine {

/// A training made ready: the data are listed, the model is built, the options are read.
struct Training {
  std::unique_ptr<TrainingTask> task;
  TrainingOptions options;
};

/// A trained model, as actions see it that do the same for every network.
struct TrainedModel {
  std::shared_ptr<torch::nn::Module> module;  ///< With its weights, in evaluation mode.
  /// A batch of inputs to the raw outputs, before any post-processing; reads `module`.
  std::function<std::vector<torch::Tensor>(const std::vector<torch::Tensor>&)> forward;
  std::vector<std::int64_t> input_sizes;  ///< Of one sample: [C, H, W].
};

/// The figure by which the models of a network are judged.
struct Metric {
  std::string name;  ///< "accuracy"
  double value = 0;  ///< From 0 to 1; more is better.
};

/// One network, as all sixteen look to the engine. Objects have no state of their own; errors are
/// exceptions whose text is shown to the user and names the parameter, file or class and the mend.
class Network {
 public:
  virtual ~Network() = default;

  /// The API's network_arch.
  [[nodiscard]] virtual std::string_view name() const = 0;

  /// The actions that it has, in the API's spelling.
  [[nodiscard]] virtual std::span<const std::string_view> actions() const = 0;

  /// Reads the spec, lists the data, builds the model with its initial weights, or those of the
  /// parent for `retrain`, and writes what goes beside the weights (class map).
  [[nodiscard]] virtual Training prepare_training(const Job& job) const = 0;

  /// Measures a model on the job's evaluation data, whatever its form.
  [[nodiscard]] virtual Report evaluate(const Job& job, const FinishedModel& model) const = 0;

  /// The metric of a model on the job's evaluation data, read as its training read them. Writes no
  /// artifact.
  [[nodiscard]] virtual Metric measure(const Job& job, const FinishedModel& model) const = 0;

  /// Writes the predictions for the job's inference data.
  [[nodiscard]] virtual Report infer(const Job& job, const FinishedModel& model) const = 0;

  /// Writes model.onnx and what belongs to it, and proves that it computes the same.
  [[nodiscard]] virtual Report export_model(const Job& job, const Checkpoint& checkpoint) const = 0;

  /// The model of `checkpoint`, anew at each call. A network that can be pruned has it.
  [[nodiscard]] virtual TrainedModel load(const Checkpoint& checkpoint) const;

  /// Does one of actions() that other networks lack ("confmat") with the model of `checkpoint`.
  [[nodiscard]] virtual Report do_other(const Job& job, const Checkpoint& checkpoint) const;
};

/// The checkpoint that the job's parent hands on: the last, or the best where athanor.checkpoint of
/// the spec says so. Throws std::invalid_argument where there is no parent or it does not fit.
[[nodiscard]] Checkpoint parent_checkpoint(const Network& network, const Job& job);

/// What the job's parent made, ready for use: an export or conversion hands on its file, any
/// other job its checkpoint. Throws as parent_checkpoint() does.
[[nodiscard]] FinishedModel parent_model(const Network& network, const Job& job);

/// The job's dataset of a role, "eval_dataset". Throws std::invalid_argument where none is linked.
[[nodiscard]] const contract::DatasetInput& require_dataset(
    const std::optional<contract::DatasetInput>& dataset, std::string_view role);

/// Does the job's action with a network: trains, or opens what the job's parent made and hands it
/// over. Throws where the network lacks the action or the parent does not fit.
[[nodiscard]] Report run_action(const Network& network, const Job& job);

}  // namespace athanor::engine
