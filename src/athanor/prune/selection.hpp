#pragma once

#include <set>

#include "athanor/prune/channel_graph.hpp"
#include "athanor/prune/options.hpp"

namespace athanor::prune {

/// The classes of channels that go, by the channel that stands for each. Only what layers make can
/// go: filters are weighed by the L2 norms of their weights without bias, normalised in each layer;
/// classes that are made by the same layers compete with each other. invalid_argument where a layer
/// would keep nothing or has weights that are no numbers.
[[nodiscard]] Result<std::set<Channel>> select_pruned(const ChannelGraph& graph,
                                                      const tensor::NamedTensors& weights,
                                                      const Options& options);

}  // namespace athanor::prune
