#pragma once

#include <string>
#include <vector>

#include "athanor/tensor/named_tensors.hpp"

namespace athanor::pretrained {

/// A batch norm and the convolution whose result it takes, by their names in a module.
struct NormPair {
  std::string convolution;  ///< "layer1.0.conv1"
  std::string norm;         ///< "layer1.0.bn1"
  double epsilon = 0;
  bool biased = false;  ///< The convolution has a bias of its own, as in vgg.
};

/// The pairs of a module, found by order and channels: of the convolutions registered before a norm
/// and not yet taken, the last one with its number of channels.
[[nodiscard]] std::vector<NormPair> norm_pairs_of(const torch::nn::Module& module);

/// For weights whose batch norms were folded into the biases of convolutions: where a norm is
/// missing and its convolution is given a bias, makes one that computes the same; the bias goes
/// into it, unless the convolution keeps one. Returns how many. Its statistics are those of no
/// data, so that it has to stay frozen.
std::size_t expand_folded_norms(tensor::NamedTensors& weights, const std::vector<NormPair>& pairs);

/// The reverse: every norm that is there goes into weight and bias of its convolution. How many.
std::size_t fold_norms(tensor::NamedTensors& weights, const std::vector<NormPair>& pairs);

}  // namespace athanor::pretrained
