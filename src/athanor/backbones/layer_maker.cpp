#include "athanor/backbones/layer_maker.hpp"

#include <cmath>

#include "athanor/backbones/width.hpp"

namespace athanor::backbones {

namespace {

namespace nn = torch::nn;

void initialize(torch::Tensor& weight, torch::Tensor& bias, Init init) {
  switch (init) {
    case Init::as_torch:
      return;
    case Init::kaiming_normal:
      nn::init::kaiming_normal_(weight, 0, torch::kFanOut, torch::kReLU);
      break;
    case Init::kaiming_uniform:
      nn::init::kaiming_uniform_(weight, 0, torch::kFanIn, torch::kReLU);
      break;
    case Init::normal:
      nn::init::normal_(weight, 0, 0.01);
      break;
  }
  if (bias.defined()) {
    nn::init::zeros_(bias);
  }
}

}  // namespace

LayerMaker::LayerMaker(const BackboneOptions& options, const LayerDefaults& defaults)
    : options_(options), defaults_(defaults) {
  defaults_.activation = options.activation.value_or(defaults.activation);
  defaults_.bias = options.use_bias.value_or(defaults.bias);
  defaults_.batch_norm = defaults.batch_norm && options.use_batch_norm;
}

std::int64_t LayerMaker::channels(std::int64_t published) const {
  return scaled_channels(published, options_.width);
}

nn::Conv2d LayerMaker::conv(const ConvShape& shape) const {
  nn::Conv2d conv(nn::Conv2dOptions(shape.in, shape.out, shape.kernel)
                      .stride(shape.stride)
                      .padding(shape.padding.value_or(shape.kernel / 2))
                      .groups(shape.groups)
                      .bias(defaults_.bias));
  initialize(conv->weight, conv->bias, defaults_.init);
  return conv;
}

nn::BatchNorm2d LayerMaker::norm(std::int64_t channels) const {
  if (!defaults_.batch_norm) {
    return nullptr;
  }
  return nn::BatchNorm2d(nn::BatchNorm2dOptions(channels)
                             .momentum(1.0 - options_.batch_norm_momentum)
                             .eps(options_.batch_norm_epsilon));
}

Chain LayerMaker::unit(const ConvShape& shape, const UnitNames& names) const {
  Chain unit;
  unit->add(conv(shape), names.conv);
  if (const auto batch_norm = norm(shape.out); !batch_norm.is_empty()) {
    unit->add(batch_norm, names.norm);
  }
  unit->add(ActivationLayer(activation()), "activation");
  return unit;
}

Chain LayerMaker::linear_unit(const ConvShape& shape, bool closes_branch) const {
  Chain unit;
  auto last = conv(shape);
  if (closes_branch) {
    close(last);
  }
  unit->add(last);
  if (const auto batch_norm = norm(shape.out); !batch_norm.is_empty()) {
    unit->add(batch_norm);
  }
  return unit;
}

Chain LayerMaker::projection(const ConvShape& shape) const {
  Chain projection;
  auto mixer = conv(shape);
  auto batch_norm = norm(shape.out);
  const bool keeps_shape = shape.in == shape.out && shape.stride == 1;
  projection->add(mixer);
  if (keeps_shape) {
    nn::init::dirac_(mixer->weight);
  }
  if (!batch_norm.is_empty()) {
    projection->add(batch_norm);
    if (keeps_shape) {
      // Fresh running statistics are 0 and 1, so that epsilon is all there is to undo.
      nn::init::constant_(batch_norm->weight, std::sqrt(1.0 + options_.batch_norm_epsilon));
    }
  }
  return projection;
}

void LayerMaker::close(nn::Conv2d& conv) const {
  if (!defaults_.batch_norm) {
    nn::init::zeros_(conv->weight);
  }
}

nn::Linear make_linear(std::int64_t in, std::int64_t out, Init init) {
  nn::Linear linear(in, out);
  initialize(linear->weight, linear->bias, init);
  return linear;
}

}  // namespace athanor::backbones
