#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "athanor/core/error.hpp"
#include "athanor/core/json.hpp"
#include "athanor/crypto/passphrase.hpp"
#include "athanor/engine/training_task.hpp"
#include "athanor/tensor/named_tensors.hpp"
#include "athanor/tensor/torch.hpp"

namespace athanor::engine {

/// How long a training has waited for its figure to get better.
struct Patience {
  std::optional<double> reference;  ///< What the next improvement is measured from.
  std::int64_t stale_epochs = 0;    ///< Epochs since the last improvement.
};

/// One state of a training, as its JSON file tells. Lies in artifacts/weights/ as
/// <arch>_NNN.json beside <arch>_NNN.safetensors (the weights) and
/// <arch>_NNN.optimizer.safetensors, with NNN the epoch. The JSON file is written last: a
/// checkpoint exists when it does. The other two are encrypted.
struct Checkpoint {
  std::string network;         ///< "classification"
  std::int64_t epoch = 0;      ///< Completed epochs.
  std::int64_t batches = 0;    ///< Batches done of the epoch after that.
  Json model;                  ///< TrainingTask::model_description().
  Json spec;                   ///< Of the training job; null in old files.
  std::string data_digest;     ///< data_digest() of its data; empty in old files.
  Figures figures;             ///< Of the last completed epoch.
  Figures partial;             ///< Sums over the batches of the epoch in progress.
  std::optional<double> best;  ///< Best value of the monitored figure so far.
  Patience patience;
  std::filesystem::path weights;    ///< Set by reading and writing.
  std::filesystem::path optimizer;  ///< The same; missing for all but the newest.
  crypto::Passphrase key;           ///< Opens both; set by reading.
};

/// The checkpoints of one job.
class CheckpointFolder {
 public:
  /// `arch` begins the file names, `key` closes the files.
  CheckpointFolder(const std::filesystem::path& artifacts,
                   std::string arch,
                   crypto::Passphrase key);

  /// Writes a checkpoint, then removes all older ones but the best. `is_best` makes it the best.
  /// `live` are the weights that training goes on from, where the module holds others.
  [[nodiscard]] Status save(const Checkpoint& checkpoint,
                            const torch::nn::Module& module,
                            const torch::optim::Optimizer& optimizer,
                            bool is_best,
                            const tensor::NamedTensors& live = {});

 private:
  void remove_all_but(const std::string& newest);
  [[nodiscard]] std::filesystem::path best_marker() const;

  std::filesystem::path folder_;
  std::string arch_;
  crypto::Passphrase key_;
};

/// The newest checkpoint below a job's artifacts; not_found where there is none, invalid_argument
/// where its file is damaged. `key` is that of the job, with which the weights will be opened.
[[nodiscard]] Result<Checkpoint> newest_checkpoint(const std::filesystem::path& artifacts,
                                                   const crypto::Passphrase& key);

/// The checkpoint whose monitored figure was the best; the newest where none was marked.
[[nodiscard]] Result<Checkpoint> best_checkpoint(const std::filesystem::path& artifacts,
                                                 const crypto::Passphrase& key);

/// What is needed to go on from a checkpoint beside its weights.
struct TrainingState {
  tensor::NamedTensors optimizer;  ///< For load_optimizer_state().
  tensor::NamedTensors live;       ///< As it was given to save().
};

[[nodiscard]] Result<TrainingState> read_training_state(const Checkpoint& checkpoint);

/// Loads a checkpoint's weights into a module built from its description. Whatever is missing, too
/// much or of another shape is an error that names it.
[[nodiscard]] Status load_weights(const Checkpoint& checkpoint, torch::nn::Module& module);

}  // namespace athanor::engine
