#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "athanor/core/json.hpp"
#include "athanor/engine/checkpoint.hpp"
#include "athanor/engine/checkpoint_timing.hpp"
#include "athanor/engine/checkpoint_writer.hpp"
#include "athanor/engine/job.hpp"
#include "athanor/engine/moving_average.hpp"
#include "athanor/engine/optimizer.hpp"
#include "athanor/engine/rate_search.hpp"
#include "athanor/engine/regularizer.hpp"
#include "athanor/engine/schedule.hpp"
#include "athanor/engine/training_reporter.hpp"
#include "athanor/engine/training_task.hpp"

namespace athanor::engine {

/// Ends a training that gets no better.
struct EarlyStopping {
  std::int64_t patience = 0;  ///< Epochs without improvement; 0 never stops.
  double min_delta = 0;       ///< What counts as one.
  std::optional<TrainingTask::Monitor> monitor = std::nullopt;  ///< None: that of the task.
};

/// How to train; what to train is the task's.
struct TrainingOptions {
  std::string network;           ///< "classification"
  std::string weights_name;      ///< "resnet" in weights/resnet_001.safetensors
  std::string data_digest = {};  ///< data_digest() of the training data.
  /// What the training chose for itself or took over of its parent, by its path: goes into the spec
  /// that checkpoints keep.
  std::map<std::string, Json> settled = {};
  std::int64_t epochs = 1;
  int workers = 2;                 ///< Loader threads; 0 loads between the steps.
  std::int64_t batches_ahead = 0;  ///< That loaders may have ready; 0: two for each.
  std::uint64_t seed = 42;
  OptimizerOptions optimizer;
  std::optional<Schedule> schedule;  ///< None: the optimiser's own rate throughout.
  Regularizer regularizer;
  EarlyStopping early_stopping = {};
  double moving_average_decay = 0;       ///< Of the weights that count; 0: those of the last step.
  std::int64_t checkpoint_interval = 1;  ///< Epochs; the best and the last are always saved.
  double checkpoint_minutes = 5;  ///< Between checkpoints in the middle of epochs; 0 makes none.
  RateSearch rate_search = RateSearch::off;
};

/// The training loop. Equal options, data and thread counts give byte-equal weights; the number of
/// loader threads makes no difference. Where the job's artifacts hold a checkpoint, it goes on
/// from there, also in the middle of an epoch, as if it had never ended.
class Trainer {
 public:
  /// The references outlive the trainer.
  Trainer(const Job& job, TrainingTask& task, TrainingOptions options);

  /// Trains to the last epoch. Throws Stopped once its state is saved, and std::runtime_error with
  /// the mend when the loss is no number any more.
  Report run();

 private:
  void resume();
  /// Whether the state is now that of a checkpoint, or what is wrong with that.
  Status go_back_to(const std::filesystem::path& saved);
  void warn_of_changes(const Checkpoint& here);
  void settle_learning_rate();
  void train_epoch();
  double train_batch(const Batch& batch);
  void finish_epoch();
  bool note_best();
  void count_patience();
  [[nodiscard]] bool out_of_patience() const;
  [[nodiscard]] bool is_save_due() const;
  [[nodiscard]] CheckpointTensors tensors() const;
  void save(bool is_best);
  void save_now_and_then(const EpochPace& pace);
  void stop_here();

  /// The rate of a step counted from 0 over all epochs.
  [[nodiscard]] double learning_rate_of(std::int64_t step) const;
  [[nodiscard]] std::int64_t steps_per_epoch() const;
  /// Of the epoch in progress.
  [[nodiscard]] std::int64_t samples_so_far() const;
  [[nodiscard]] Figures averages() const;

  const Job& job_;
  TrainingTask& task_;
  TrainingOptions options_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  std::vector<torch::Tensor> l1_kernels_;
  std::unique_ptr<MovingAverage> average_;  ///< Where there is one.
  TrainingReporter reporter_;
  Checkpoint state_;
  std::chrono::steady_clock::time_point last_save_;
  CheckpointWriter writer_;
  bool is_writer_ready_ = false;
  bool is_put_off_ = false;  ///< A checkpoint of this epoch, to its end.
};

}  // namespace athanor::engine
