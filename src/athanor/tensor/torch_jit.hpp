#pragma once

// The one way to torch's tracer and its graphs, which torch/torch.h leaves out. They are expensive
// to compile; only what walks traced graphs needs them.
#include "athanor/tensor/torch.hpp"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/passes/constant_propagation.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#pragma GCC diagnostic pop
