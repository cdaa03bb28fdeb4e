#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "athanor/export/traced_graph.hpp"
#include "athanor/prune/pruning.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace athanor::prune::testing {

/// Options that prune about half of what scatter_norms() makes, in layers of any width.
inline Options half() {
  Options options;
  options.threshold = 0.5;
  options.granularity = 1;
  options.min_num_filters = 1;
  options.equalization = Equalization::arithmetic_mean;
  return options;
}

/// Makes filters of very different norms, also where residual branches begin at 0, and batch norms
/// unlike fresh ones.
inline void scatter_norms(torch::nn::Module& module) {
  const torch::NoGradGuard no_grad;
  for (auto& parameter : module.named_parameters()) {
    auto& value = parameter.value();
    if (value.dim() > 1) {
      if (value.count_nonzero().item<std::int64_t>() == 0) {
        torch::nn::init::kaiming_normal_(value);
      }
      auto sizes = std::vector<std::int64_t>(static_cast<std::size_t>(value.dim()), 1);
      sizes[0] = value.size(0);
      value.mul_(torch::rand(sizes, value.options()) + 0.05);
    }
  }
  for (const auto& part : module.modules()) {
    if (auto* norm = part->as<torch::nn::BatchNorm2d>()) {
      norm->running_mean.normal_(0.0, 0.1);
      norm->running_var.uniform_(0.5, 2.0);
      norm->weight.uniform_(0.5, 1.5);
      norm->bias.normal_(0.0, 0.3);
    }
  }
}

inline exporter::TracedGraph trace(const exporter::Forward& forward,
                                   const torch::Tensor& input,
                                   const torch::nn::Module& module) {
  return exporter::trace(forward, {{"input", input}}, tensor::state_dict(module));
}

inline double relative_difference(const torch::Tensor& expected, const torch::Tensor& actual) {
  return ((expected - actual).abs().max() / expected.abs().max()).item<double>();
}

inline const LayerOutcome& outcome_of(const Plan& plan, const std::string& layer) {
  for (const auto& outcome : plan.layers) {
    if (outcome.layer == layer) {
      return outcome;
    }
  }
  throw std::out_of_range("no layer " + layer);
}

}  // namespace athanor::prune::testing
