#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "athanor/export/traced_graph.hpp"
#include "athanor/prune/channel_classes.hpp"

namespace athanor::prune {

/// A dimension of a layer's tensor that has an index for each of some channels.
struct Slot {
  std::string tensor;  ///< "layer1.0.conv1.weight"
  std::int64_t dimension = 0;

  [[nodiscard]] auto operator<=>(const Slot&) const = default;
};

struct SlotChannels {
  Channels channels;
  bool reads = false;  ///< The layer takes them in there, rather than giving them or going along.
};

/// Which channels of a network belong together, and where the layers hold them.
struct ChannelGraph {
  ChannelClasses classes;
  std::map<Slot, SlotChannels> slots;
  /// The weights whose rows (dimension 0) make channels, in the order of their first use.
  std::vector<std::string> makers;
  /// Operators that keep what they touch from being pruned, each with its place.
  std::set<std::string> unknown_operators;
};

/// Follows the channels (dimension 1) of a traced network in evaluation mode from the layers that
/// make them to those that read them. Sums and products unite channels, concatenations line them
/// up, parts of equal length (chunk, slice) lose the same places: a module computes such parts from
/// the width of what it cuts. Grouped convolutions lose the same in each group; flattening turns a
/// channel into as many as it has pixels. What the network gives out, and what an operator that is
/// not known here reads, is protected.
///
/// `layers` are the names of those whose widths can change (adjustable_layers()).
[[nodiscard]] ChannelGraph channel_graph(const exporter::TracedGraph& traced,
                                         const std::set<std::string>& layers);

}  // namespace athanor::prune
