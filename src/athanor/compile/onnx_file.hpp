#pragma once

#include <string_view>

#include <onnx/onnx_pb.h>

#include "athanor/core/error.hpp"

namespace athanor::compile {

/// invalid_argument for bytes that are no ONNX file.
[[nodiscard]] Result<onnx::ModelProto> parse_onnx(std::string_view bytes);

}  // namespace athanor::compile
