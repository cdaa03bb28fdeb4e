#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "athanor/engine/checkpoint.hpp"
#include "athanor/engine/job.hpp"
#include "athanor/engine/optimizer.hpp"
#include "athanor/engine/regularizer.hpp"
#include "athanor/engine/schedule.hpp"
#include "athanor/engine/training_reporter.hpp"
#include "athanor/engine/training_task.hpp"

namespace athanor::engine {

/// How to train; what to train is the task's.
struct TrainingOptions {
  std::string network;       ///< "classification"
  std::string weights_name;  ///< "resnet" in weights/resnet_001.safetensors
  std::int64_t epochs = 1;
  int workers = 2;  ///< Loader threads; 0 loads between the steps.
  std::uint64_t seed = 42;
  OptimizerOptions optimizer;
  std::optional<Schedule> schedule;  ///< None: the optimiser's own rate throughout.
  Regularizer regularizer;
};

/// Thrown when a job was asked to stop and has saved its state.
class Stopped : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The training loop. Equal options, data and thread counts give byte-equal weights; the number of
/// loader threads makes no difference. Where the job's artifacts hold a checkpoint, it goes on
/// from there.
class Trainer {
 public:
  /// The references outlive the trainer.
  Trainer(const Job& job, TrainingTask& task, TrainingOptions options);

  /// Trains to the last epoch. Throws Stopped, and std::runtime_error with the mend when the loss
  /// is no number any more.
  Report run();

 private:
  void resume();
  void train_epoch();
  double train_batch(const Batch& batch);
  void finish_epoch();
  void save(bool is_best);
  void stop_here();

  /// Sets the rate of the next step and returns it.
  double update_learning_rate();
  [[nodiscard]] Figures averages() const;

  const Job& job_;
  TrainingTask& task_;
  TrainingOptions options_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  std::vector<torch::Tensor> l1_kernels_;
  CheckpointFolder checkpoints_;
  TrainingReporter reporter_;
  Checkpoint state_;
  double learning_rate_ = 0;
};

}  // namespace athanor::engine
