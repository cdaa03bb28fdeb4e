#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "athanor/core/json.hpp"
#include "athanor/tensor/torch.hpp"

namespace athanor::engine {

/// Named measurements: "loss", "validation_accuracy".
using Figures = std::map<std::string, double>;

/// What one optimiser step learns from.
struct Batch {
  torch::Tensor input;
  std::vector<torch::Tensor> targets;  ///< Of a meaning that the network's loss knows.
  std::int64_t size = 0;               ///< Samples in it.
};

/// The first `most` samples of a batch whose tensors all count samples in their first dimension.
[[nodiscard]] Batch first_samples(const Batch& batch, std::int64_t most);

/// What the model makes of a batch.
struct StepResult {
  torch::Tensor loss;  ///< A scalar to differentiate: the mean over the batch.
  Figures figures;     ///< Further means over the batch, averaged over the epoch.
};

/// What a network supplies for a training; the Trainer owns the loop, the optimiser and the files.
class TrainingTask {
 public:
  virtual ~TrainingTask() = default;

  [[nodiscard]] virtual torch::nn::Module& module() = 0;

  [[nodiscard]] virtual std::size_t batches_per_epoch() const = 0;

  /// Batch `index` of an epoch counted from 1. The same arguments always give the same batch; it
  /// is called from several loader threads at once.
  [[nodiscard]] virtual Batch load(std::uint32_t epoch, std::size_t index) const = 0;

  /// The first samples of the first batch, `most` at the most, as load() gives them.
  [[nodiscard]] virtual Batch load_first(std::int64_t most) const;

  /// The forward pass. Of the module it changes buffers alone; the rest may be copied meanwhile.
  [[nodiscard]] virtual StepResult step(const Batch& batch) = 0;

  /// Figures on the validation data, such as "validation_loss"; empty where there is none. Throws
  /// Stopped soon after `stop` asks for it.
  [[nodiscard]] virtual Figures validate(const std::stop_token& stop) = 0;

  /// How much an epoch reads.
  struct Extent {
    std::int64_t samples = 0;  ///< 0 where the task does not tell.
    std::int64_t batch_size = 1;
    std::int64_t validation_samples = 0;
    std::int64_t validation_batch_size = 1;
    int validation_workers = 0;
  };

  [[nodiscard]] virtual Extent extent() const { return {}; }

  /// What the network needs to build the model again: topology, classes, preprocessing. Goes into
  /// every checkpoint.
  [[nodiscard]] virtual Json model_description() const = 0;

  /// Which figure says how good an epoch was, and whether more is better.
  struct Monitor {
    std::string figure;
    bool higher_is_better = true;
  };

  [[nodiscard]] virtual Monitor monitor() const = 0;

  /// The figures that are key performance indicators of the job.
  [[nodiscard]] virtual std::vector<std::string> kpi_names() const = 0;
};

/// The monitor of a figure such as "validation_accuracy" or "loss", of which losses are better when
/// they are lower. Without validation, the training's figure of the same kind stands in.
[[nodiscard]] TrainingTask::Monitor monitor_of(std::string figure, bool validates);

}  // namespace athanor::engine
