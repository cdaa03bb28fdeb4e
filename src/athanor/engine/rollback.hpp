#pragma once

#include <cstddef>

#include "athanor/tensor/named_tensors.hpp"
#include "athanor/tensor/torch.hpp"

namespace athanor::engine {

/// Holds the weights and buffers of a module, its mode and the state of torch's generator, and
/// gives them back in the end; gradients are dropped then. What was tried meanwhile leaves no
/// trace.
class Rollback {
 public:
  /// The module outlives it.
  explicit Rollback(torch::nn::Module& module);
  ~Rollback();

  Rollback(const Rollback&) = delete;
  Rollback& operator=(const Rollback&) = delete;

  /// What the copy takes.
  [[nodiscard]] std::size_t bytes() const;

 private:
  torch::nn::Module& module_;
  bool is_training_;
  torch::Tensor generator_;
  tensor::NamedTensors held_;
};

}  // namespace athanor::engine
