#pragma once

#include "athanor/tensor/named_tensors.hpp"

namespace athanor::engine {

/// Copies of tensors, in memory that is used again for the next copies.
class Snapshot {
 public:
  /// Gets memory for tensors such as these, without copying them.
  void fit(const tensor::NamedTensors& tensors);

  /// Writes to all of that memory, so that the copy meets no page that the system has yet to
  /// supply. What was copied is lost.
  void touch();

  /// Copies on all compute threads. The copies have the layout of their originals.
  void take(const tensor::NamedTensors& tensors);

  [[nodiscard]] const tensor::NamedTensors& tensors() const { return copies_; }

 private:
  tensor::NamedTensors copies_;
};

}  // namespace athanor::engine
