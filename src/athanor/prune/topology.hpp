#pragma once

#include <map>
#include <string>

#include "athanor/core/error.hpp"
#include "athanor/core/json.hpp"
#include "athanor/prune/layers.hpp"

namespace athanor::prune {

/// The widths of the layers of a pruned model, by the names of the layers; 0 where a width is that
/// of its description, which the classes of a retraining may change. Empty for a model that was
/// never pruned.
using Topology = std::map<std::string, LayerWidths>;

/// Where the description of a model (Checkpoint::model) keeps its topology.
inline constexpr const char* topology_key = "topology";

/// {"layer1.0.conv1": {"in": 8, "out": 16}, "fc": {"in": 40}}
[[nodiscard]] Json to_json(const Topology& topology);

/// The topology that a model's description holds; invalid_argument names an entry that is none.
[[nodiscard]] Result<Topology> topology_of(const Json& description);

/// Takes over the widths of `changed`.
void merge(const Topology& changed, Topology& topology);

/// Writes it into the description; an empty one leaves no trace.
void describe(const Topology& topology, Json& description);

/// Gives a module that was built from a description the widths of its topology: to be loaded with
/// the weights of the pruned model, or trained on. A layer that it lacks or that was narrower is
/// invalid_argument.
[[nodiscard]] Status shape_module(torch::nn::Module& module, const Topology& topology);

}  // namespace athanor::prune
