#pragma once

#include "athanor/backbones/layer_maker.hpp"

namespace athanor::backbones {

/// What the stages of darknets consist of: a 1x1 convolution to `hidden` channels and a 3x3 one
/// back to `channels`, beside a shortcut where it is residual.
class DarknetPairImpl : public torch::nn::Module {
 public:
  DarknetPairImpl(std::int64_t channels,
                  std::int64_t hidden,
                  bool residual,
                  const LayerMaker& make);

  torch::Tensor forward(const torch::Tensor& input);

 private:
  bool residual_;
  Chain conv1_;
  Chain conv2_;
};

TORCH_MODULE(DarknetPair);

/// Convolution, batch norm and activation under the names of the darknets, "conv" and "bn".
[[nodiscard]] Chain darknet_unit(const LayerMaker& make, const ConvShape& shape);

/// What all darknets have where the options leave it open.
inline constexpr LayerDefaults darknet_defaults{.activation = Activation::leaky_relu};

}  // namespace athanor::backbones
