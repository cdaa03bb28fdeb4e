#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "athanor/export/traced_graph.hpp"
#include "athanor/prune/options.hpp"
#include "athanor/prune/topology.hpp"

namespace athanor::prune {

/// What one tensor loses.
struct Cut {
  std::string tensor;
  std::int64_t dimension = 0;
  std::vector<std::int64_t> kept;     ///< Indices in ascending order.
  std::vector<std::int64_t> removed;  ///< The others.
  bool reads = false;                 ///< The layer takes channels in there.
};

/// What becomes of a layer that makes channels.
struct LayerOutcome {
  std::string layer;
  std::int64_t filters = 0;
  std::int64_t kept = 0;
  std::string protection;  ///< Why some stay whatever the options say, or empty.
};

/// What pruning takes from a network.
struct Plan {
  std::vector<Cut> cuts;
  std::vector<LayerOutcome> layers;         ///< In the order of the network.
  std::set<std::string> unknown_operators;  ///< As in ChannelGraph.
};

/// Plans the pruning of a module whose run was traced with its state_dict as weights.
/// invalid_argument names an excluded layer that it lacks, or a layer that would keep nothing.
[[nodiscard]] Result<Plan> plan_pruning(const exporter::TracedGraph& traced,
                                        const torch::nn::Module& module,
                                        const Options& options);

/// Cuts the module's tensors. Returns the widths that are others now.
[[nodiscard]] Topology prune(torch::nn::Module& module, const Plan& plan);

/// Makes the module compute what the pruned one does, with all its channels: the layers that read
/// what goes weigh it by 0.
void mask(torch::nn::Module& module, const Plan& plan);

/// The numbers in all parameters; running statistics are none.
[[nodiscard]] std::int64_t parameter_count(const torch::nn::Module& module);

/// Floating-point operations of the convolutions and linear layers for one sample: two for each
/// multiplication and its sum. Biases, norms and activations are left out.
[[nodiscard]] std::int64_t operation_count(const exporter::TracedGraph& traced);

}  // namespace athanor::prune
