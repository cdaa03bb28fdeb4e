#include "athanor/engine/optimizer.hpp"

#include <algorithm>
#include <utility>

namespace athanor::engine {

namespace {

using torch::optim::OptimizerParamGroup;

std::unique_ptr<torch::optim::Optimizer> make(const Sgd& sgd,
                                              double learning_rate,
                                              std::vector<OptimizerParamGroup> groups) {
  return std::make_unique<torch::optim::SGD>(
      std::move(groups),
      torch::optim::SGDOptions(learning_rate).momentum(sgd.momentum).nesterov(sgd.nesterov));
}

std::unique_ptr<torch::optim::Optimizer> make(const Adam& adam,
                                              double learning_rate,
                                              std::vector<OptimizerParamGroup> groups) {
  return std::make_unique<torch::optim::Adam>(
      std::move(groups),
      torch::optim::AdamOptions(learning_rate).betas({adam.beta_1, adam.beta_2}).eps(adam.epsilon));
}

std::unique_ptr<torch::optim::Optimizer> make(const RmsProp& rms_prop,
                                              double learning_rate,
                                              std::vector<OptimizerParamGroup> groups) {
  return std::make_unique<torch::optim::RMSprop>(
      std::move(groups),
      torch::optim::RMSpropOptions(learning_rate).alpha(rms_prop.rho).eps(rms_prop.epsilon));
}

bool contains(const std::vector<torch::Tensor>& tensors, const torch::Tensor& wanted) {
  return std::any_of(
      tensors.begin(), tensors.end(), [&](const auto& tensor) { return tensor.is_same(wanted); });
}

void set_weight_decay(OptimizerParamGroup& group, double weight_decay) {
  if (auto* sgd = dynamic_cast<torch::optim::SGDOptions*>(&group.options())) {
    sgd->weight_decay(weight_decay);
  } else if (auto* adam = dynamic_cast<torch::optim::AdamOptions*>(&group.options())) {
    adam->weight_decay(weight_decay);
  } else if (auto* rms_prop = dynamic_cast<torch::optim::RMSpropOptions*>(&group.options())) {
    rms_prop->weight_decay(weight_decay);
  }
}

}  // namespace

std::unique_ptr<torch::optim::Optimizer> make_optimizer(const OptimizerOptions& options,
                                                        const Regularizer& regularizer,
                                                        const torch::nn::Module& module) {
  const auto kernels = regularized_kernels(regularizer, module);
  std::vector<torch::Tensor> others;
  for (const auto& parameter : module.parameters()) {
    if (parameter.requires_grad() && !contains(kernels, parameter)) {
      others.push_back(parameter);
    }
  }
  std::vector<OptimizerParamGroup> groups;
  if (!kernels.empty()) {
    groups.emplace_back(kernels);
  }
  groups.emplace_back(others);
  auto optimizer = std::visit(
      [&](const auto& kind) { return make(kind, options.learning_rate, std::move(groups)); },
      options.kind);
  if (!kernels.empty() && regularizer.penalty == Penalty::l2) {
    set_weight_decay(optimizer->param_groups().front(), 2 * regularizer.weight);
  }
  return optimizer;
}

void set_learning_rate(torch::optim::Optimizer& optimizer, double learning_rate) {
  for (auto& group : optimizer.param_groups()) {
    group.options().set_lr(learning_rate);
  }
}

}  // namespace athanor::engine
