#pragma once

#include <string>

#include "athanor/engine/export_options.hpp"
#include "athanor/engine/graph_to_export.hpp"
#include "athanor/engine/int8_deployment.hpp"

namespace athanor::engine {

/// For the README.md of an export: the line by which TensorRT's program trtexec makes an engine of
/// model.onnx as the spec wants it, and what there is to know of its calibration table.
[[nodiscard]] std::string tensorrt_note(const GraphToExport& graph,
                                        const ExportOptions& options,
                                        const Int8Deployment& int8);

}  // namespace athanor::engine
