#pragma once

#include <string_view>

#include "athanor/core/error.hpp"
#include "athanor/runtime/graph.hpp"

namespace athanor::compile {

inline constexpr int oldest_opset = 13;
inline constexpr int newest_opset = 17;

/// An ONNX file as layers, one for each node or several; what is constant is computed. Errors:
/// invalid_argument for bytes that are no ONNX or contradict themselves, unsupported, naming
/// operator and node, for what there is no layer for.
[[nodiscard]] Result<runtime::EngineModel> read_onnx(std::string_view bytes);

}  // namespace athanor::compile
