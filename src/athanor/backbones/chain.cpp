#include "athanor/backbones/chain.hpp"

#include <cstddef>
#include <optional>

#include "athanor/backbones/norm_activation.hpp"
#include "athanor/tensor/layers.hpp"

namespace athanor::backbones {

torch::Tensor forward_all(std::span<torch::nn::AnyModule> layers, torch::Tensor x) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (auto* const conv = layers[i].ptr()->as<torch::nn::Conv2dImpl>(); conv != nullptr) {
      x = tensor::convolve(*conv, x);
      continue;
    }
    if (auto* const linear = layers[i].ptr()->as<torch::nn::LinearImpl>(); linear != nullptr) {
      x = tensor::connect(*linear, x);
      continue;
    }
    auto* const norm = layers[i].ptr()->as<torch::nn::BatchNorm2dImpl>();
    if (norm == nullptr) {
      x = layers[i].forward(x);
      continue;
    }
    const auto* const next =
        i + 1 < layers.size() ? layers[i + 1].ptr()->as<ActivationLayerImpl>() : nullptr;
    x = normalise_and_activate(
        norm, x, next != nullptr ? std::optional(next->activation()) : std::nullopt);
    i += next != nullptr ? 1 : 0;
  }
  return x;
}

torch::Tensor ChainImpl::forward(const torch::Tensor& x) {
  return forward_all(layers_, x);
}

}  // namespace athanor::backbones
