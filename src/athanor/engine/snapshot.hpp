#pragma once

#include <atomic>
#include <cstddef>
#include <vector>

#include "athanor/tensor/named_tensors.hpp"

namespace athanor::engine {

/// Copies of tensors, in memory that is used again for the next copies. What begin() begins several
/// threads may finish together.
class Snapshot {
 public:
  /// Gets memory for tensors such as these, without copying them.
  void fit(const tensor::NamedTensors& tensors);

  /// Writes to all of that memory, so that the copy meets no page that the system has yet to
  /// supply. What was copied is lost.
  void touch();

  /// Copies those of the tensors that are among `at_once`. The others must not change until one of
  /// the calls that finish has returned. The copies have the layout of their originals. The copies
  /// begun before have to be finished.
  void begin(const tensor::NamedTensors& tensors, const std::vector<torch::Tensor>& at_once = {});

  /// Makes the copies that nobody has begun to make, and waits for the others.
  void finish();

  /// The same on all compute threads.
  void finish_on_all_threads();

  [[nodiscard]] const tensor::NamedTensors& tensors() const { return copies_; }

 private:
  /// What one thread copies at a time: a part of a large tensor.
  struct Share {
    const char* from;
    char* to;
    std::size_t bytes;
  };

  void add_shares(const torch::Tensor& from, const torch::Tensor& to);
  void copy_shares();

  tensor::NamedTensors originals_;  ///< Keep the memory that shares are copied from.
  tensor::NamedTensors copies_;
  std::vector<Share> shares_;
  std::atomic<std::size_t> begun_ = 0;  ///< Shares that a thread has taken; may exceed their count.
  std::atomic<std::size_t> copied_ = 0;  ///< Shares that are done.
};

}  // namespace athanor::engine
