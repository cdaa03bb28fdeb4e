#pragma once

#include "athanor/engine/network.hpp"

namespace athanor::engine {

/// The action `prune`: takes the weakest filters out of the model of `checkpoint`, as the job's
/// spec says (prune::Options), and proves that what is left computes what the whole model does
/// where it gives those no weight. Writes weights/model.safetensors with its JSON file, whose model
/// holds the topology, and pruning.csv, a line for each layer. The KPI are `pruning_ratio` (kept
/// parameters over those before), `param_count` and `size` (bytes of the weights). Throws
/// std::invalid_argument where the spec does not fit the model.
[[nodiscard]] Report prune_model(const Network& network,
                                 const Job& job,
                                 const Checkpoint& checkpoint);

}  // namespace athanor::engine
