#pragma once

#include <string>
#include <vector>

#include "athanor/engine/export_options.hpp"
#include "athanor/engine/graph_to_export.hpp"
#include "athanor/engine/job.hpp"

namespace athanor::engine {

/// What TensorRT has to know beside model.onnx to compute in int8.
struct Int8Deployment {
  std::string table{};  ///< Of calibration, see render_tensorrt_table(); empty: there is none.
  std::vector<std::string> layers{};  ///< The nodes that can compute in int8.
};

/// For the model.onnx among the artifacts of an export that is to be in int8; for others it is
/// empty. The ranges are those that a training for int8 left, unless the options force a
/// calibration, or else of pictures of the job's calibration data. Where there are no such data
/// there is no table, and the log warns. Throws std::runtime_error where the file or the pictures
/// cannot be read, or where the model cannot be run.
[[nodiscard]] Int8Deployment prepare_int8(const Job& job,
                                          const GraphToExport& graph,
                                          const ExportOptions& options);

}  // namespace athanor::engine
