#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "athanor/core/error.hpp"
#include "athanor/export/traced_graph.hpp"

namespace athanor::exporter {

inline constexpr int oldest_opset = 13;
inline constexpr int newest_opset = 17;

/// A network to be written as ONNX.
struct ExportRequest {
  /// What the file computes, post-processing included; everything in it in evaluation mode.
  Forward forward;
  /// All parameters and buffers that `forward` reads (tensor::state_dict); the file keeps the
  /// names.
  tensor::NamedTensors weights;
  /// Example inputs under the names they get. Dimension 0 is the batch.
  tensor::NamedTensors inputs;
  std::vector<std::string> output_names;
  /// For readers of the file: classes, preprocessing, sizes. Stored as metadata_props.
  std::map<std::string, std::string> metadata;
  std::string graph_name = "athanor";
  int opset = newest_opset;
  bool dynamic_batch = true;  ///< Dimension 0 of inputs and outputs is the symbolic "batch".
  bool fold_batch_norm = true;
};

/// The bytes of the ONNX file, passed by ONNX's own checker and shape inference. Errors are
/// unsupported where the network has an operator without converter, which the message names with
/// its place, and invalid_argument for a request that contradicts itself.
[[nodiscard]] Result<std::string> onnx_bytes(const ExportRequest& request);

/// Writes onnx_bytes() under a temporary name, syncs and renames.
[[nodiscard]] Status export_onnx(const ExportRequest& request, const std::filesystem::path& path);

}  // namespace athanor::exporter
