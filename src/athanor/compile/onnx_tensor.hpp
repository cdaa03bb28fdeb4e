#pragma once

#include <cstdint>
#include <vector>

#include <onnx/onnx_pb.h>

#include "athanor/core/error.hpp"
#include "athanor/runtime/tensor.hpp"

namespace athanor::compile {

/// A constant of an ONNX file: numbers, or integers such as shapes.
struct OnnxTensor {
  runtime::Shape shape;
  bool is_integer = false;
  std::vector<float> numbers;
  std::vector<std::int64_t> integers;
};

/// Reads float, double, int32 and int64. Refuses other types, content in other files and content
/// that does not fit the shape.
[[nodiscard]] Result<OnnxTensor> read_tensor(const onnx::TensorProto& tensor);

}  // namespace athanor::compile
