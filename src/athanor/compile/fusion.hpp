#pragma once

#include "athanor/runtime/graph.hpp"

/// What makes fewer layers of a model that compute the same.
namespace athanor::compile {

/// x * sigmoid(x), x * tanh(softplus(x)) and x * clip(x / 6 + 1/2, 0, 1) become one function each.
void recognise_gates(runtime::EngineModel& model);

/// Constant factors and summands per channel behind a convolution or linear layer, such as those of
/// a batch norm, go into its weights.
void fold_factors(runtime::EngineModel& model);

/// Functions and sums behind a convolution or linear layer become steps of that layer, where nobody
/// else reads what it computes.
void fuse_steps(runtime::EngineModel& model);

/// All of them, and what is unused afterwards goes.
void fuse(runtime::EngineModel& model);

}  // namespace athanor::compile
