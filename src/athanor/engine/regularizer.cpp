#include "athanor/engine/regularizer.hpp"

#include <algorithm>

#include "athanor/catalog/layer_kinds.hpp"

namespace athanor::engine {

namespace {

bool is_convolution(const torch::nn::Module& module) {
  return module.as<torch::nn::Conv1d>() != nullptr || module.as<torch::nn::Conv2d>() != nullptr ||
         module.as<torch::nn::ConvTranspose2d>() != nullptr;
}

}  // namespace

Status parse_scope(std::string_view scope, Regularizer& regularizer) {
  ATHANOR_TRY(const auto kinds, catalog::parse_layer_kinds(scope));
  regularizer.convolutions = kinds.convolutions;
  regularizer.dense_layers = kinds.dense_layers;
  return {};
}

std::vector<torch::Tensor> regularized_kernels(const Regularizer& regularizer,
                                               const torch::nn::Module& module) {
  std::vector<torch::Tensor> kernels;
  if (regularizer.penalty == Penalty::none) {
    return kernels;
  }
  for (const auto& layer : module.modules()) {
    const bool named = (regularizer.convolutions && is_convolution(*layer)) ||
                       (regularizer.dense_layers && layer->as<torch::nn::Linear>() != nullptr);
    if (!named) {
      continue;
    }
    const auto weight = layer->named_parameters(/*recurse=*/false)["weight"];
    if (weight.requires_grad()) {
      kernels.push_back(weight);
    }
  }
  return kernels;
}

void add_l1_gradient(const Regularizer& regularizer, const std::vector<torch::Tensor>& kernels) {
  if (regularizer.penalty != Penalty::l1) {
    return;
  }
  const torch::NoGradGuard no_grad;
  for (const auto& kernel : kernels) {
    if (kernel.grad().defined()) {
      kernel.mutable_grad().add_(kernel.sign(), regularizer.weight);
    }
  }
}

}  // namespace athanor::engine
