#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "athanor/tensor/torch.hpp"

namespace athanor::backbones {

/// What layers make of x one after the other, convolutions and linear layers as tensor/layers.hpp
/// applies them; a batch norm takes the activation behind it along.
[[nodiscard]] torch::Tensor forward_all(std::span<torch::nn::AnyModule> layers, torch::Tensor x);

/// Layers one after the other, called by their numbers or by names of their own. Unlike
/// torch::nn::Sequential, one chain may be a layer of another.
class ChainImpl : public torch::nn::Module {
 public:
  /// Appends a layer; without a name it gets its number.
  template <class Layer>
  void add(std::shared_ptr<Layer> layer, std::string name = {}) {
    register_module(name.empty() ? std::to_string(layers_.size()) : std::move(name), layer);
    layers_.emplace_back(std::move(layer));
  }

  template <class Layer>
  void add(const torch::nn::ModuleHolder<Layer>& layer, std::string name = {}) {
    add(layer.ptr(), std::move(name));
  }

  torch::Tensor forward(const torch::Tensor& x);

 private:
  std::vector<torch::nn::AnyModule> layers_;
};

TORCH_MODULE(Chain);

}  // namespace athanor::backbones
