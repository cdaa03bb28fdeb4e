#pragma once

#include <cstdint>
#include <vector>

#include "athanor/tensor/named_tensors.hpp"
#include "athanor/tensor/torch.hpp"

namespace athanor::engine {

/// An exponential moving average of a module's weights and running statistics (Polyak and Juditsky,
/// 1992), which often does better than the weights of the last step.
class MovingAverage {
 public:
  /// Starts from what the module holds; the module outlives this object.
  MovingAverage(torch::nn::Module& module, double decay);

  /// Takes in the weights after step `step`, counted from 1. The first steps count for more, so
  /// that the initial weights are soon forgotten.
  void update(std::int64_t step);

  /// Starts again from what the module holds.
  void restart();

  /// The module's state, tensor::state_dict(), with the averages in place of what they are of. The
  /// tensors share memory with this object and the module.
  [[nodiscard]] tensor::NamedTensors averaged(tensor::NamedTensors state) const;

  /// Exchanges the weights of the module and the average; the second call undoes the first.
  void swap();

 private:
  double decay_;
  std::vector<torch::Tensor> tracked_;  ///< Share memory with the module.
  std::vector<torch::Tensor> averages_;
};

/// Has the average in the module as long as it lives.
class AveragedWeights {
 public:
  /// None changes nothing.
  explicit AveragedWeights(MovingAverage* average);
  ~AveragedWeights();

  AveragedWeights(const AveragedWeights&) = delete;
  AveragedWeights& operator=(const AveragedWeights&) = delete;

 private:
  MovingAverage* average_;
};

}  // namespace athanor::engine
