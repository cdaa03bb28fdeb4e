#include "athanor/backbones/norm_activation.hpp"

#include <utility>

#include "athanor/tensor/batch_norm.hpp"

namespace athanor::backbones {

namespace {

/// The clamp that does what the activation does.
std::optional<tensor::channel_kernels::Clamp> clamp_of(const Activation& activation) {
  auto clamp = tensor::relu_clamp;
  switch (activation.kind) {
    case ActivationKind::relu:
      if (activation.parameter) {
        clamp.high = static_cast<float>(*activation.parameter);
      }
      return clamp;
    case ActivationKind::relu6:
      return tensor::relu6_clamp;
    default:
      return std::nullopt;
  }
}

}  // namespace

torch::Tensor normalise_and_activate(torch::nn::BatchNorm2dImpl* norm,
                                     torch::Tensor x,
                                     const std::optional<Activation>& activation,
                                     const torch::Tensor& residual) {
  if (norm != nullptr && tensor::can_batch_norm(*norm, x, residual)) {
    const auto clamp = activation ? clamp_of(*activation) : std::nullopt;
    x = tensor::batch_norm(*norm, x, clamp.value_or(tensor::channel_kernels::Clamp()), residual);
    return activation && !clamp ? activate(*activation, std::move(x)) : x;
  }
  if (norm != nullptr) {
    x = norm->forward(x);
  }
  if (residual.defined()) {
    x += residual;
  }
  return activation ? activate(*activation, std::move(x)) : x;
}

}  // namespace athanor::backbones
