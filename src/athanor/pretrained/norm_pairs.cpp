#include "athanor/pretrained/norm_pairs.hpp"

#include <algorithm>
#include <cmath>

namespace athanor::pretrained {

namespace {

using tensor::NamedTensors;

struct Candidate {
  std::string name;
  std::int64_t channels;
  bool biased;
};

torch::Tensor* find_in(NamedTensors& weights, const std::string& name) {
  const auto found = std::ranges::find(weights, name, &tensor::NamedTensor::name);
  return found == weights.end() ? nullptr : &found->value;
}

void erase_from(NamedTensors& weights, const std::string& name) {
  std::erase_if(weights, [&name](const auto& tensor) { return tensor.name == name; });
}

/// A norm of fresh statistics that passes its input on and adds `shift`.
void append_norm(NamedTensors& weights, const NormPair& pair, const torch::Tensor& shift) {
  weights.push_back({pair.norm + ".weight", torch::full_like(shift, std::sqrt(1 + pair.epsilon))});
  weights.push_back({pair.norm + ".bias", shift});
  weights.push_back({pair.norm + ".running_mean", torch::zeros_like(shift)});
  weights.push_back({pair.norm + ".running_var", torch::ones_like(shift)});
}

bool fold_norm(NamedTensors& weights, const NormPair& pair) {
  auto* kernel = find_in(weights, pair.convolution + ".weight");
  const auto* scale = find_in(weights, pair.norm + ".weight");
  const auto* shift = find_in(weights, pair.norm + ".bias");
  const auto* mean = find_in(weights, pair.norm + ".running_mean");
  const auto* variance = find_in(weights, pair.norm + ".running_var");
  if (kernel == nullptr || scale == nullptr || shift == nullptr || mean == nullptr ||
      variance == nullptr || kernel->dim() != 4 || kernel->size(0) != scale->numel()) {
    return false;
  }
  const auto factor = *scale / (*variance + pair.epsilon).sqrt();
  const auto* bias = find_in(weights, pair.convolution + ".bias");
  const auto centre = bias == nullptr ? *mean : *mean - *bias;
  const torch::Tensor folded_bias = *shift - centre * factor;
  *kernel = *kernel * factor.view({-1, 1, 1, 1});
  erase_from(weights, pair.convolution + ".bias");
  for (const char* part :
       {"weight", "bias", "running_mean", "running_var", "num_batches_tracked"}) {
    erase_from(weights, pair.norm + "." + part);
  }
  weights.push_back({pair.convolution + ".bias", folded_bias});
  return true;
}

}  // namespace

std::vector<NormPair> norm_pairs_of(const torch::nn::Module& module) {
  std::vector<NormPair> pairs;
  std::vector<Candidate> open;
  for (const auto& item : module.named_modules("", /*include_self=*/false)) {
    if (const auto* convolution = item.value()->as<torch::nn::Conv2d>()) {
      open.push_back(
          {item.key(), convolution->options.out_channels(), convolution->options.bias()});
    }
    const auto* norm = item.value()->as<torch::nn::BatchNorm2d>();
    if (norm == nullptr) {
      continue;
    }
    const auto found = std::find_if(open.rbegin(), open.rend(), [norm](const Candidate& candidate) {
      return candidate.channels == norm->options.num_features();
    });
    if (found != open.rend()) {
      pairs.push_back({found->name, item.key(), norm->options.eps(), found->biased});
      open.erase(std::next(found).base());
    }
  }
  return pairs;
}

std::size_t expand_folded_norms(NamedTensors& weights, const std::vector<NormPair>& pairs) {
  std::size_t expanded = 0;
  for (const auto& pair : pairs) {
    const auto* bias = find_in(weights, pair.convolution + ".bias");
    if (bias == nullptr || find_in(weights, pair.norm + ".running_mean") != nullptr) {
      continue;
    }
    const torch::Tensor shift = *bias;
    if (pair.biased) {
      append_norm(weights, pair, torch::zeros_like(shift));
    } else {
      erase_from(weights, pair.convolution + ".bias");
      append_norm(weights, pair, shift);
    }
    ++expanded;
  }
  return expanded;
}

std::size_t fold_norms(NamedTensors& weights, const std::vector<NormPair>& pairs) {
  return static_cast<std::size_t>(std::ranges::count_if(
      pairs, [&weights](const NormPair& pair) { return fold_norm(weights, pair); }));
}

}  // namespace athanor::pretrained
