#include "athanor/backbones/darknet_pair.hpp"

namespace athanor::backbones {

DarknetPairImpl::DarknetPairImpl(std::int64_t channels,
                                 std::int64_t hidden,
                                 bool residual,
                                 const LayerMaker& make)
    : residual_(residual),
      conv1_(register_module("conv1", darknet_unit(make, {channels, hidden, 1}))),
      conv2_(register_module("conv2", darknet_unit(make, {hidden, channels, 3}))) {
  if (residual && !make.has_batch_norm()) {
    // Keeps the sum of many branches bounded. Not 0 as elsewhere: an activation follows, and a relu
    // passes no gradient there.
    const torch::NoGradGuard no_grad;
    conv2_->named_parameters()["conv.weight"].mul_(0.1);
  }
}

torch::Tensor DarknetPairImpl::forward(const torch::Tensor& input) {
  const auto x = conv2_->forward(conv1_->forward(input));
  // Not in place: the backward pass of a leaky relu in place reads its result.
  return residual_ ? x + input : x;
}

Chain darknet_unit(const LayerMaker& make, const ConvShape& shape) {
  return make.unit(shape, {"conv", "bn"});
}

}  // namespace athanor::backbones
