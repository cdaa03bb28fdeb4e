#include "athanor/export/opencv_dialect.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

namespace athanor::exporter {

namespace {

using Shapes = std::map<std::string, const onnx::TensorShapeProto*>;

/// Shapes of everything but weights, where inference finds them.
Shapes shapes_of(const onnx::GraphProto& graph) {
  Shapes shapes;
  for (const auto* values : {&graph.input(), &graph.output(), &graph.value_info()}) {
    for (const auto& value : *values) {
      shapes[value.name()] = &value.type().tensor_type().shape();
    }
  }
  return shapes;
}

bool sides_differ(const onnx::TensorShapeProto& a, const onnx::TensorShapeProto& b) {
  return a.dim_size() == 4 && b.dim_size() == 4 &&
         (a.dim(2).dim_value() != b.dim(2).dim_value() ||
          a.dim(3).dim_value() != b.dim(3).dim_value());
}

bool multiplies_by_channel(const onnx::GraphProto& graph) {
  const auto shapes = shapes_of(graph);
  return std::ranges::any_of(graph.node(), [&](const onnx::NodeProto& node) {
    if (node.op_type() != "Mul") {
      return false;
    }
    const auto left = shapes.find(node.input(0));
    const auto right = shapes.find(node.input(1));
    return left != shapes.end() && right != shapes.end() &&
           sides_differ(*left->second, *right->second);
  });
}

/// The number that a weight holds, if `name` is one of float.
std::optional<float> constant_of(const onnx::GraphProto& graph, const std::string& name) {
  const auto found = std::ranges::find(graph.initializer(), name, &onnx::TensorProto::name);
  if (found == graph.initializer().end() || found->data_type() != onnx::TensorProto::FLOAT) {
    return std::nullopt;
  }
  if (found->float_data_size() == 1) {
    return found->float_data(0);
  }
  float value = 0;
  if (found->raw_data().size() != sizeof value) {
    return std::nullopt;
  }
  std::memcpy(&value, found->raw_data().data(), sizeof value);
  return value;
}

/// Leaves bounds alone that are computed.
void move_bounds_to_attributes(const onnx::GraphProto& graph, onnx::NodeProto& clip) {
  static constexpr const char* names[] = {"min", "max"};
  std::map<std::string, float> bounds;
  for (int i = 1; i < clip.input_size(); ++i) {
    if (clip.input(i).empty()) {
      continue;
    }
    const auto bound = constant_of(graph, clip.input(i));
    if (!bound) {
      return;
    }
    bounds[names[i - 1]] = *bound;
  }
  for (const auto& [name, value] : bounds) {
    auto& attribute = *clip.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::FLOAT);
    attribute.set_f(value);
  }
  clip.mutable_input()->DeleteSubrange(1, clip.input_size() - 1);
}

}  // namespace

OpenCvModel for_opencv(std::string onnx_bytes) {
  OpenCvModel result{std::move(onnx_bytes)};
  onnx::ModelProto model;
  if (!model.ParseFromString(result.bytes)) {
    return result;
  }
  try {
    onnx::shape_inference::InferShapes(model);
  } catch (const onnx::InferenceError&) {
    // Shapes stay unknown, and OpenCV gets all pictures at once.
  }
  auto& graph = *model.mutable_graph();
  result.one_by_one = multiplies_by_channel(graph);
  for (auto& node : *graph.mutable_node()) {
    if (node.op_type() == "Clip") {
      move_bounds_to_attributes(graph, node);
    }
  }
  result.bytes = model.SerializeAsString();
  return result;
}

}  // namespace athanor::exporter
