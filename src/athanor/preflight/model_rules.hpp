#pragma once

#include "athanor/preflight/facts.hpp"
#include "athanor/preflight/faults.hpp"

/// Rules about what is made of a trained model, for which the tables of all networks have the same
/// paths.
namespace athanor::preflight {

/// The batch sizes of an export are some and rise, its workspace has bytes and its calibration
/// pictures.
void check_export(const JobFacts& job, Faults& faults);

/// The shapes that a conversion asks for in `p` can be read and are of pictures that the model
/// takes.
void check_conversion(const JobFacts& job, Faults& faults);

/// A pruning leaves something, whatever the weights are.
void check_pruning(const JobFacts& job, Faults& faults);

}  // namespace athanor::preflight
