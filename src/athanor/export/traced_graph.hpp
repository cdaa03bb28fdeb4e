#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "athanor/tensor/named_tensors.hpp"
#include "athanor/tensor/torch_jit.hpp"

namespace athanor::exporter {

/// Inputs to outputs, both in a fixed order.
using Forward = std::function<std::vector<torch::Tensor>(const std::vector<torch::Tensor>&)>;

/// What a network computed on example inputs, as a graph of aten operators.
struct TracedGraph {
  std::shared_ptr<torch::jit::Graph> graph;
  tensor::NamedTensors inputs;  ///< The graph's first inputs.
  /// Its other inputs are the weights, so that every use of one is an edge of the graph.
  tensor::NamedTensors weights;
  std::vector<torch::Tensor> outputs;  ///< For the example inputs.
};

/// Runs `forward` once without gradients and records it. In-place operators appear as their
/// out-of-place forms; sizes and Python-like control flow are fixed to what the example had. All
/// tensors that change later must be in `weights`. Throws what `forward` throws.
[[nodiscard]] TracedGraph trace(const Forward& forward,
                                const tensor::NamedTensors& inputs,
                                const tensor::NamedTensors& weights);

}  // namespace athanor::exporter
