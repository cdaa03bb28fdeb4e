#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "athanor/engine/regularizer.hpp"
#include "athanor/tensor/torch.hpp"

namespace athanor::engine {

struct Sgd {
  double momentum = 0.9;
  bool nesterov = false;

  bool operator==(const Sgd&) const = default;
};

struct Adam {
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;

  bool operator==(const Adam&) const = default;
};

struct RmsProp {
  double rho = 0.9;
  double epsilon = 1e-7;

  bool operator==(const RmsProp&) const = default;
};

struct OptimizerOptions {
  std::variant<Sgd, Adam, RmsProp> kind = Sgd{};
  double learning_rate = 0.01;  ///< Used where no schedule sets one.
  double decay = 0;             ///< As in Keras: the rate of step t is divided by 1 + decay * t.

  bool operator==(const OptimizerOptions&) const = default;
};

/// torch's optimiser over the trainable parameters of `module`. The kernels that `regularizer`
/// names are a group of their own, in which L2 is the optimiser's weight decay.
[[nodiscard]] std::unique_ptr<torch::optim::Optimizer> make_optimizer(
    const OptimizerOptions& options,
    const Regularizer& regularizer,
    const torch::nn::Module& module);

/// Sets the rate of every group.
void set_learning_rate(torch::optim::Optimizer& optimizer, double learning_rate);

}  // namespace athanor::engine
