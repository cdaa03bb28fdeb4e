#pragma once

#include <future>
#include <vector>

#include "athanor/engine/checkpoint.hpp"
#include "athanor/engine/snapshot.hpp"

namespace athanor::engine {

/// Writes checkpoints on a thread of its own, one at a time, from copies of the tensors, most of
/// which that thread makes too: who trains computes the next gradients meanwhile. What fails is
/// thrown by the next call as std::runtime_error that names the file and the mend; the checkpoint
/// before it stays.
class CheckpointWriter {
 public:
  explicit CheckpointWriter(CheckpointFolder folder) : folder_(std::move(folder)) {}

  /// Waits for the checkpoint that is being written.
  ~CheckpointWriter() = default;

  CheckpointWriter(const CheckpointWriter&) = delete;
  CheckpointWriter& operator=(const CheckpointWriter&) = delete;

  /// Supplies memory for copies of such tensors ahead of the first checkpoint.
  void prepare(const CheckpointTensors& tensors);

  /// Whether a call of write() would have to wait.
  [[nodiscard]] bool is_busy() const;

  /// Begins to copy and write the tensors, once the checkpoint before is written. Those among
  /// `at_once` are copied when it returns; the others must not change before wait_for_copies().
  void write(const Checkpoint& checkpoint,
             const CheckpointTensors& tensors,
             const std::vector<torch::Tensor>& at_once);

  /// Waits until nothing is left to copy, and copies on all compute threads until then.
  void wait_for_copies();

  /// Waits until all is written.
  void finish();

  [[nodiscard]] const CheckpointFolder& folder() const { return folder_; }

 private:
  CheckpointFolder folder_;
  Snapshot weights_;
  Snapshot optimizer_;
  Snapshot live_;
  /// Last, so that the thread has ended before what it uses goes.
  std::future<Status> work_;
};

}  // namespace athanor::engine
