#pragma once

#include <set>
#include <string>

#include "athanor/compile/calibration_table.hpp"
#include "athanor/core/error.hpp"
#include "athanor/runtime/graph.hpp"

namespace athanor::compile {

/// Makes convolutions and linear layers of a fused model compute in int8, but those of
/// `float_layers`: weights in s8 with a scale for each output channel, activations in s8, or in u8
/// where they are never negative, with one scale. Tensors that only such layers, max pools and
/// concatenations touch stay integers in between. invalid_argument where the table lacks a tensor
/// or `float_layers` names no such layer.
[[nodiscard]] Status quantise(runtime::EngineModel& model,
                              const CalibrationTable& table,
                              const std::set<std::string>& float_layers);

}  // namespace athanor::compile
