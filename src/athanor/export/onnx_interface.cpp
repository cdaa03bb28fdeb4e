#include "athanor/export/onnx_interface.hpp"

#include <set>

#include <onnx/onnx_pb.h>

namespace athanor::exporter {

Result<OnnxInterface> read_onnx_interface(const std::string& onnx_bytes) {
  onnx::ModelProto model;
  if (!model.ParseFromString(onnx_bytes) || !model.has_graph()) {
    return fail(ErrorCode::invalid_argument, "this is no ONNX model");
  }
  OnnxInterface interface;
  std::set<std::string> weights;
  for (const auto& weight : model.graph().initializer()) {
    weights.insert(weight.name());
  }
  for (const auto& input : model.graph().input()) {
    if (weights.contains(input.name())) {
      continue;  // Old files list weights among the inputs.
    }
    const auto& shape = input.type().tensor_type().shape();
    if (interface.inputs.empty() && shape.dim_size() > 0) {
      interface.batch = shape.dim(0).dim_value();
    }
    interface.inputs.push_back(input.name());
  }
  for (const auto& output : model.graph().output()) {
    interface.outputs.push_back(output.name());
  }
  for (const auto& property : model.metadata_props()) {
    interface.metadata[property.key()] = property.value();
  }
  return interface;
}

}  // namespace athanor::exporter
