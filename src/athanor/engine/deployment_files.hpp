#pragma once

#include "athanor/engine/export_options.hpp"
#include "athanor/engine/graph_to_export.hpp"
#include "athanor/engine/int8_deployment.hpp"
#include "athanor/engine/job.hpp"

namespace athanor::engine {

/// Writes what servers and people need beside the job's model.onnx: the labels of each output, a
/// model repository for Triton (triton/<network>/, its model.onnx the same file by another name),
/// the calibration table for int8 if there is one (cal.bin), a configuration for DeepStream if
/// wanted, and README.md with a program that runs the file. Warns of class names that DeepStream
/// cannot have as they are. Throws std::runtime_error where a file cannot be written.
void write_deployment_files(const Job& job,
                            const GraphToExport& graph,
                            const ExportOptions& options,
                            const Int8Deployment& int8);

}  // namespace athanor::engine
