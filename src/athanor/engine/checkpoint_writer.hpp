#pragma once

#include <future>

#include "athanor/engine/checkpoint.hpp"
#include "athanor/engine/snapshot.hpp"

namespace athanor::engine {

/// Writes checkpoints on a thread of its own, one at a time, from copies of the tensors: who trains
/// waits for the copies alone. What fails is thrown by the next call as std::runtime_error that
/// names the file and the mend; the checkpoint before it stays.
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

  /// Copies the tensors and begins to write them, once the checkpoint before is written.
  void write(const Checkpoint& checkpoint, const CheckpointTensors& tensors);

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
