#include "athanor/networks/classification/loss.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/data/random.hpp"

namespace athanor::networks::classification {

namespace {

double mixing_ratio(const data::SampleKey& key, double alpha) {
  data::RandomStream random({key.seed, key.epoch, key.sample, data::RandomUse::mixup});
  const double ratio = random.beta(alpha, alpha);
  return std::max(ratio, 1 - ratio);
}

/// a = p a + (1 - p) b and b = q b + (1 - q) a, from the old values of both.
void blend(std::span<float> a, std::span<float> b, double p, double q) {
  const auto own = static_cast<float>(p);
  const auto other = static_cast<float>(q);
  for (std::size_t i = 0; i < a.size(); ++i) {
    const float old = a[i];
    a[i] = own * old + (1 - own) * b[i];
    b[i] = other * b[i] + (1 - other) * old;
  }
}

std::span<float> row(torch::Tensor& tensor, std::size_t index) {
  const auto size = static_cast<std::size_t>(tensor.numel() / tensor.size(0));
  return {tensor.data_ptr<float>() + index * size, size};
}

}  // namespace

torch::Tensor smooth_targets(std::span<const std::int64_t> labels,
                             std::int64_t classes,
                             double smoothing) {
  const auto spread = static_cast<float>(smoothing / static_cast<double>(classes));
  auto targets = torch::full({static_cast<std::int64_t>(labels.size()), classes}, spread);
  auto* values = targets.data_ptr<float>();
  for (std::size_t i = 0; i < labels.size(); ++i) {
    values[static_cast<std::int64_t>(i) * classes + labels[i]] += static_cast<float>(1 - smoothing);
  }
  return targets;
}

void mix_up(torch::Tensor& pixels,
            torch::Tensor& targets,
            double alpha,
            std::span<const data::SampleKey> keys) {
  for (std::size_t i = 0; i < keys.size() / 2; ++i) {
    const auto partner = keys.size() - 1 - i;
    const double own = mixing_ratio(keys[i], alpha);
    const double other = mixing_ratio(keys[partner], alpha);
    blend(row(pixels, i), row(pixels, partner), own, other);
    blend(row(targets, i), row(targets, partner), own, other);
  }
}

torch::Tensor balanced_weights(std::span<const std::int64_t> labels, std::int64_t classes) {
  auto weights = torch::zeros({classes});
  auto* counts = weights.data_ptr<float>();
  for (const auto label : labels) {
    ++counts[label];
  }
  for (std::int64_t i = 0; i < classes; ++i) {
    if (counts[i] > 0) {
      counts[i] = static_cast<float>(labels.size()) / (static_cast<float>(classes) * counts[i]);
    }
  }
  return weights;
}

torch::Tensor class_weights(const ClassWeighting& weighting,
                            const std::vector<std::string>& classes,
                            std::span<const std::int64_t> labels,
                            std::string_view kind) {
  if (!weighting.balanced && weighting.factors.empty()) {
    return {};
  }
  const auto count = static_cast<std::int64_t>(classes.size());
  auto weights = weighting.balanced ? balanced_weights(labels, count) : torch::ones({count});
  for (const auto& [name, factor] : weighting.factors) {
    const auto found = std::find(classes.begin(), classes.end(), name);
    if (found == classes.end()) {
      throw std::invalid_argument(
          fmt::format("athanor.class_weights: there is no {} \"{}\"; there are {}",
                      kind,
                      name,
                      fmt::join(classes, ", ")));
    }
    weights[found - classes.begin()] *= factor;
  }
  return weights;
}

torch::Tensor soft_cross_entropy(const torch::Tensor& logits,
                                 const torch::Tensor& targets,
                                 const torch::Tensor& class_weights) {
  return torch::nn::functional::cross_entropy(
      logits, targets, torch::nn::functional::CrossEntropyFuncOptions().weight(class_weights));
}

}  // namespace athanor::networks::classification
