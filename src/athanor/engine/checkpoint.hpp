#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "athanor/core/error.hpp"
#include "athanor/core/json.hpp"
#include "athanor/crypto/passphrase.hpp"
#include "athanor/engine/surroundings.hpp"
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
/// checkpoint exists when it does. The other two are encrypted. In the middle of an epoch
/// NNN-MMMMMM stands for NNN, with the batches done.
struct Checkpoint {
  std::string network;         ///< "classification"
  std::int64_t epoch = 0;      ///< Completed epochs.
  std::int64_t batches = 0;    ///< Batches done of the epoch after that.
  Json model;                  ///< TrainingTask::model_description().
  Json spec;                   ///< Of the training, as settled; null in old files.
  std::string data_digest;     ///< data_digest() of its data; empty in old files.
  Figures figures;             ///< Of the last completed epoch.
  Figures partial;             ///< Sums over the batches of the epoch in progress.
  std::optional<double> best;  ///< Best value of the monitored figure so far.
  bool is_best = false;        ///< Whether its last epoch has that value.
  Patience patience;
  std::int64_t batches_per_epoch = 0;        ///< 0 in old files.
  std::optional<Surroundings> surroundings;  ///< Where it was made; none in old files.
  std::filesystem::path weights;             ///< Set by reading and writing.
  std::filesystem::path optimizer;           ///< The same; missing for all but the newest.
  crypto::Passphrase key;                    ///< Opens both; set by reading.
};

/// The tensors of a checkpoint.
struct CheckpointTensors {
  tensor::NamedTensors weights;    ///< Those that count: the module's, or their moving average.
  tensor::NamedTensors optimizer;  ///< Of optimizer_state().
  tensor::NamedTensors live;       ///< What training goes on from, where `weights` are others.
};

/// The checkpoints of one job. The two newest have all that a training goes on from: if the newest
/// is damaged, the one before it gives the same bits, only later.
class CheckpointFolder {
 public:
  /// `weights_name` begins the file names, `key` closes the files.
  CheckpointFolder(const std::filesystem::path& artifacts,
                   std::string weights_name,
                   crypto::Passphrase key);

  /// Writes a checkpoint, then removes all older ones but the one before it and the best.
  [[nodiscard]] Status save(const Checkpoint& checkpoint, const CheckpointTensors& tensors) const;

  /// All checkpoints, newest first: their JSON files.
  [[nodiscard]] std::vector<std::filesystem::path> newest_first() const;

  /// Goes back to a checkpoint that was read from this folder: removes those after it, and makes it
  /// the best where it was to become that when its writer was killed.
  [[nodiscard]] Status go_back_to(const Checkpoint& checkpoint) const;

  /// What stays of a finished training: the newest checkpoint and the best.
  void keep_last() const;

 private:
  [[nodiscard]] Status mark_best(const std::string& stem) const;
  void remove_all_but(const std::set<std::string>& resumable) const;

  std::filesystem::path folder_;
  std::string weights_name_;
  crypto::Passphrase key_;
};

/// Reads the JSON file of a checkpoint; invalid_argument where it is damaged.
[[nodiscard]] Result<Checkpoint> read_checkpoint(const std::filesystem::path& path,
                                                 const crypto::Passphrase& key);

/// Whether an older checkpoint can help where reading one ended with this error: it is damaged or
/// incomplete.
[[nodiscard]] bool is_damage(const Error& error);

/// What the log says of a checkpoint that gives way to another one.
[[nodiscard]] std::string damage_warning(const Error& damage);

/// Writes a checkpoint that no training goes on from, weights/<name>.safetensors and .json, and
/// sets where its weights are.
[[nodiscard]] Status save_model(const std::filesystem::path& artifacts,
                                const std::string& name,
                                const tensor::NamedTensors& weights,
                                Checkpoint& checkpoint);

/// The newest checkpoint below a job's artifacts whose JSON file is whole; `warn` is told of the
/// others. not_found where there is none at all, the damage where all are damaged. `key` is that of
/// the job, with which the weights will be opened.
[[nodiscard]] Result<Checkpoint> newest_checkpoint(
    const std::filesystem::path& artifacts,
    const crypto::Passphrase& key,
    const std::function<void(std::string_view)>& warn = [](std::string_view) {});

/// The checkpoint whose monitored figure was the best, itself alone; the newest where none was
/// marked.
[[nodiscard]] Result<Checkpoint> best_checkpoint(
    const std::filesystem::path& artifacts,
    const crypto::Passphrase& key,
    const std::function<void(std::string_view)>& warn = [](std::string_view) {});

/// All of a checkpoint's tensors.
[[nodiscard]] Result<CheckpointTensors> read_tensors(const Checkpoint& checkpoint);

/// Loads a checkpoint's weights into a module built from its description. Whatever is missing, too
/// much or of another shape is an error that names it.
[[nodiscard]] Status load_weights(const Checkpoint& checkpoint, torch::nn::Module& module);

}  // namespace athanor::engine
