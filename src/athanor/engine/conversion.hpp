#pragma once

#include "athanor/engine/job.hpp"
#include "athanor/engine/network.hpp"

namespace athanor::engine {

/// Compiles the model.onnx of the job's parent for this machine and writes
///
/// - model.engine, and beside it the labels of the export and a README.md;
/// - for int8 cal.bin, the ranges of the activations, and precision.json: the layers that stayed in
///   float and what each layer does to the outputs.
///
/// A float engine is held against the ONNX file run by an independent path: it may differ by 1e-4 *
/// max(1, max|a|). An int8 engine is held to the accuracy budget on the evaluation data (see
/// find_precision()). Stats tell of speed and memory at batch 1 and 8. Throws std::invalid_argument
/// for a parent, spec or data that do not fit, std::runtime_error where the engine is not good
/// enough or cannot be built.
[[nodiscard]] Report convert_model(const Network& network, const Job& job);

}  // namespace athanor::engine
