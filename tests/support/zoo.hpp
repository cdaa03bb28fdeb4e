#pragma once

#include <string>
#include <vector>

#include "athanor/backbones/backbone.hpp"

namespace athanor::testing {

/// Narrow backbones for 5 classes: one of every architecture, more where depths differ in layout.
inline std::vector<backbones::BackboneOptions> small_zoo() {
  std::vector<backbones::BackboneOptions> zoo;
  const auto add = [&](std::string_view arch, std::int64_t n_layers) {
    backbones::BackboneOptions options;
    options.arch = arch;
    options.n_layers = n_layers;
    options.width = 0.125;
    options.num_classes = 5;
    zoo.push_back(options);
  };
  for (const auto arch : backbones::known_archs()) {
    if (arch == "resnet") {
      add(arch, 10);
      add(arch, 50);
    } else if (arch == "vgg") {
      add(arch, 16);
    } else if (arch == "darknet" || arch == "cspdarknet") {
      add(arch, 19);
      add(arch, 53);
    } else {
      add(arch, 18);
    }
  }
  return zoo;
}

/// Every non-linearity, and once more with another parameter where it has one.
inline std::vector<backbones::Activation> activations() {
  using backbones::Activation;
  using backbones::ActivationKind;
  return {Activation::relu,
          Activation::relu6,
          Activation::leaky_relu,
          Activation::swish,
          Activation::mish,
          {ActivationKind::relu, 0.8},
          {ActivationKind::leaky_relu, 0.3},
          {ActivationKind::swish, 1.7}};
}

/// Gives batch norms the running statistics of these pictures; all else is as in use.
inline void calibrate(backbones::Backbone& backbone, const torch::Tensor& pictures) {
  const torch::NoGradGuard no_grad;
  backbone.eval();
  for (const auto& module : backbone.modules()) {
    if (auto* norm = module->as<torch::nn::BatchNorm2d>()) {
      norm->options.momentum(1.0);
      norm->train();
    }
  }
  (void)backbone.forward(pictures);
  backbone.eval();
}

}  // namespace athanor::testing
