#pragma once

#include "athanor/engine/graph_to_export.hpp"
#include "athanor/engine/job.hpp"

namespace athanor::engine {

/// Exports a model of any network: artifacts/model.onnx (opset 17, input "input_1" [N, C, H, W], N
/// open or as the job's spec says), what it is in its metadata, and deployment files beside it
/// (deployment_files.hpp), with what int8 needs where the spec asks for it (prepare_int8()). Opens
/// the file again as an evaluation does and compares it with the model on pictures: throws
/// std::runtime_error where an output differs by more than 1e-4 * max(1, max |a|), and where the
/// network has an operator that cannot be exported, which it names.
[[nodiscard]] Report export_model(const Job& job, const GraphToExport& graph);

}  // namespace athanor::engine
